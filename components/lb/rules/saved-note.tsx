'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, LoaderCircle, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { browserQuery } from '#lib/client/api-query.ts'
import { lbObserved } from '#lib/client/lb-queries.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { type RuleSave, recordApplied, useLastSave } from '#lib/client/rule-save.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { appliedText, rejectionText } from '../applied-text.ts'

/** How often the observed state is polled while there is no event stream. */
const POLL_MS = 150
/** After this time without success, the note is a warning. */
const LATE_MS = 3000

type Applied = NonNullable<RuleSave['applied']>

function appliedOf({ instances, applied_on: on }: ObservedLb): Applied {
  const times = instances.map(({ applied_after_ms: ms }) => ms ?? 0)
  return { on, of: instances.length, afterMs: Math.max(0, ...times) }
}

/**
 * Follows a save until both nodes have applied it. The observed state is fetched once after the save; from then on the
 * event stream updates it.
 * @returns the observed state since the save; null while it is unknown
 */
function useApplied(lbId: string, save: RuleSave | null): ObservedLb | null {
  const client = useQueryClient()
  const isPending = save !== null && save.applied === null
  const { data, dataUpdatedAt } = useQuery({
    ...browserQuery(lbObserved(lbId)),
    enabled: isPending,
    staleTime: 0,
    refetchInterval: () => isPending && pollInterval(POLL_MS),
  })
  // The event of the save may arrive before the response to its request, so only the generation tells them apart.
  const isCurrent =
    isPending &&
    (save.generation === null
      ? dataUpdatedAt > save.at
      : (data?.generation ?? 0) >= save.generation)
  const observed = isCurrent && data ? data : null
  const applied = observed && appliedOf(observed)
  const isComplete = applied !== null && applied.of > 0 && applied.on === applied.of
  useEffect(() => {
    if (isComplete) recordApplied(client, lbId, applied)
  }, [isComplete, applied, client, lbId])
  return observed
}

/** Whether a save has taken longer than `LATE_MS`. */
function useIsLate({ at }: RuleSave): boolean {
  const [lateAt, setLateAt] = useState(0)
  useEffect(() => {
    const timer = setTimeout(() => setLateAt(at), Math.max(0, at + LATE_MS - Date.now()))
    return () => clearTimeout(timer)
  }, [at])
  return lateAt === at
}

/** Below a rule's name after a save: "Saved", then on how many nodes it is applied and how long that took. */
export function SavedNote({ lbId, ruleId }: { lbId: string; ruleId: string }) {
  const last = useLastSave(lbId)
  const save = last?.ruleId === ruleId ? last : null
  const observed = useApplied(lbId, save)
  return (
    <span role="status" className="block text-[0.8125rem]/5 font-normal text-muted">
      {save && <Note save={save} observed={observed} />}
    </span>
  )
}

function Note({ save, observed }: { save: RuleSave; observed: ObservedLb | null }) {
  const isLate = useIsLate(save)
  if (save.applied) {
    const { on, of, afterMs } = save.applied
    return (
      <span className="flex items-start gap-1">
        <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
        <span>
          Applied on {on} of {of} in {Math.round(afterMs)} ms
        </span>
      </span>
    )
  }
  const rejection = observed && rejectionText(observed)
  const isWarning = rejection !== null || (isLate && observed !== null)
  const Icon = isWarning ? TriangleAlert : LoaderCircle
  return (
    <span className="flex items-start gap-1">
      <Icon
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${isWarning ? 'text-warn' : 'motion-safe:animate-spin'}`}
      />
      <span>
        {save.verb}
        {isWarning &&
          observed &&
          `. ${appliedText(observed)}${rejection ? `. ${rejection}` : ' so far'}`}
      </span>
    </span>
  )
}
