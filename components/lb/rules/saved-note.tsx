'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, LoaderCircle, TriangleAlert } from 'lucide-react'
import { useEffect } from 'react'
import { browserQuery } from '#lib/client/api-query.ts'
import { lbObserved } from '#lib/client/lb-queries.ts'
import { type RuleSave, recordApplied, useLastSave } from '#lib/client/rule-save.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { appliedText, rejectionText } from '../applied-text.ts'

/** How often the nodes are asked while they take a change over, which takes them milliseconds. */
const ASK_MS = 150
/** How long they may take before the row says that something is in the way. */
const PATIENCE_MS = 3000

/** The nodes' own word on a change that was committed before they were asked. */
function appliedOf(observed: ObservedLb): NonNullable<RuleSave['applied']> {
  const { instances, applied_on: on } = observed
  const times = instances.map(({ applied_after_ms: ms }) => ms ?? 0)
  return { on, of: instances.length, afterMs: Math.max(0, ...times) }
}

/** Follows the last change of a load balancer until both nodes have it. */
function useApplied(lbId: string, saved: RuleSave | null): ObservedLb | null {
  const client = useQueryClient()
  const waiting = saved !== null && saved.applied === null
  const { data, dataUpdatedAt } = useQuery({
    ...browserQuery(lbObserved(lbId)),
    enabled: waiting,
    staleTime: 0,
    refetchInterval: waiting ? ASK_MS : false,
  })
  // What was read before the change was made knows nothing of it.
  const knows =
    waiting && dataUpdatedAt > saved.at && (data?.generation ?? 0) >= (saved.generation ?? 0)
  const observed = knows && data ? data : null
  const applied = observed && appliedOf(observed)
  const done = applied !== null && applied.of > 0 && applied.on === applied.of
  useEffect(() => {
    if (done) recordApplied(client, lbId, applied)
  }, [done, applied, client, lbId])
  return observed
}

/** Under a rule's name after a save: "Saved", and then on how many nodes it is in effect and how soon it was. */
export function SavedNote({ lbId, ruleId }: { lbId: string; ruleId: string }) {
  const saved = useLastSave(lbId)
  const own = saved?.ruleId === ruleId ? saved : null
  const observed = useApplied(lbId, own)
  return (
    <span role="status" className="block text-[0.8125rem]/5 font-normal text-muted">
      {own && <Words saved={own} observed={observed} />}
    </span>
  )
}

function Words({ saved, observed }: { saved: RuleSave; observed: ObservedLb | null }) {
  const { applied } = saved
  if (applied) {
    return (
      <span className="flex items-start gap-1">
        <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
        <span>
          Applied on {applied.on} of {applied.of} in {Math.round(applied.afterMs)} ms
        </span>
      </span>
    )
  }
  const rejection = observed && rejectionText(observed)
  const late = rejection !== null || (observed !== null && Date.now() - saved.at > PATIENCE_MS)
  const Icon = late ? TriangleAlert : LoaderCircle
  return (
    <span className="flex items-start gap-1">
      <Icon
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${late ? 'text-warn' : 'motion-safe:animate-spin'}`}
      />
      <span>
        {saved.verb}
        {late &&
          observed &&
          `. ${appliedText(observed)}${rejection ? `. ${rejection}` : ' so far'}`}
      </span>
    </span>
  )
}
