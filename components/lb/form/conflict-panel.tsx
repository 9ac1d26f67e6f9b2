'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useFormSubmit } from '#components/form/form-shell.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { lastChange } from '#lib/client/change-queries.ts'
import { fieldLabel, fieldText } from './conflict-text.ts'
import type { Conflict } from './merge-values.ts'

type Props = {
  lbId: string
  /** The changed object: a rule, or the load balancer itself. */
  resourceId: string
  /** "this rule" */
  what: string
  edit: { conflicts: readonly Conflict[]; keepMine: () => void; takeCurrent: () => void }
  saving: boolean
  backendName?: ((id: string) => string) | undefined
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

/** Shows the fields that someone else has changed to other values, and lets the person decide; nothing without conflicts. */
export function ConflictPanel(props: Props) {
  return props.edit.conflicts.length === 0 ? null : <Panel {...props} />
}

function Panel({ lbId, resourceId, what, edit, saving, backendName }: Props) {
  const submit = useFormSubmit()
  const panel = useRef<HTMLDivElement>(null)
  useEffect(() => panel.current?.focus(), [])
  const saveMine = () => {
    edit.keepMine()
    void submit()
  }
  return (
    <Alert
      ref={panel}
      tabIndex={-1}
      tone="warn"
      title={`Somebody else has changed ${what} meanwhile.`}
    >
      <dl className="grid gap-2 pt-1">
        {edit.conflicts.map(({ path, mine, current }) => (
          <div key={path}>
            <dt className="font-medium">{fieldLabel(path)}</dt>
            <dd>
              Yours: <b className="font-mono">{fieldText(path, mine, backendName)}</b>
            </dd>
            <dd>
              Current: <b className="font-mono">{fieldText(path, current, backendName)}</b>
              <ChangedBy lbId={lbId} resourceId={resourceId} />
            </dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-wrap gap-2 pt-3">
        <Button variant="primary" size="small" loading={saving} onClick={saveMine}>
          Save mine
        </Button>
        <Button size="small" onClick={edit.takeCurrent}>
          Use current
        </Button>
      </div>
    </Alert>
  )
}
