'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { lastChange } from '#lib/client/change-queries.ts'
import { fieldLabel, fieldWords } from './conflict-text.ts'
import type { Conflict } from './merge-values.ts'

type Props = {
  lbId: string
  /** What was changed: a rule, or the load balancer itself. */
  resourceId: string
  /** "this rule" */
  what: string
  conflicts: readonly Conflict[]
  saving: boolean
  backendName?: (id: string) => string
  onSaveMine: () => void
  onUseCurrent: () => void
}

function ChangedBy({ lbId, resourceId }: { lbId: string; resourceId: string }) {
  const { data } = useQuery({ ...browserQuery(lastChange(lbId, resourceId)), staleTime: 0 })
  if (!data) return null
  return (
    <>
      , changed by {data.actor.name} <RelativeTime at={data.at} />
    </>
  )
}

/** Says which fields somebody else has changed to something else meanwhile, and lets the person decide. */
export function ConflictPanel({
  lbId,
  resourceId,
  what,
  conflicts,
  saving,
  backendName,
  ...decide
}: Props) {
  const panel = useRef<HTMLDivElement>(null)
  useEffect(() => panel.current?.focus(), [])
  return (
    <Alert
      ref={panel}
      tabIndex={-1}
      tone="warn"
      title={`Somebody else has changed ${what} meanwhile.`}
    >
      <dl className="grid gap-2 pt-1">
        {conflicts.map(({ path, mine, current }) => (
          <div key={path}>
            <dt className="font-medium">{fieldLabel(path)}</dt>
            <dd>
              Yours: <b className="font-mono">{fieldWords(path, mine, backendName)}</b>
            </dd>
            <dd>
              Current: <b className="font-mono">{fieldWords(path, current, backendName)}</b>
              <ChangedBy lbId={lbId} resourceId={resourceId} />
            </dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-wrap gap-2 pt-3">
        <Button variant="primary" size="small" loading={saving} onClick={decide.onSaveMine}>
          Save mine
        </Button>
        <Button size="small" onClick={decide.onUseCurrent}>
          Use current
        </Button>
      </div>
    </Alert>
  )
}
