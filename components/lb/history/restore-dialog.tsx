'use client'
import { useQuery } from '@tanstack/react-query'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { useRestore } from '#lib/client/change-mutations.ts'
import { restorePreview } from '#lib/client/change-queries.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import type { RestoreStep } from '#lib/core/restore.ts'
import { describeChange } from './change-text.ts'
import { changedFields, type Names } from './changed-fields.ts'
import { FieldChanges } from './field-changes.tsx'

type Props = {
  lbId: string
  /** The change whose result is restored. */
  changeId: number
  /** When it was made, RFC 3339. */
  at: string
  names: Names
  onClose: () => void
}

/** Previews what a restore would create, change and delete, then sends it. It is refused if the rules changed meanwhile. */
export function RestoreDialog({ lbId, changeId, at, names, onClose }: Props) {
  const when = new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
  const preview = useQuery(restorePreview(lbId, changeId))
  const restore = useRestore(lbId)
  const steps = preview.data?.value.steps
  const confirm = () =>
    restore.mutate(
      { changeId, etag: preview.data?.etag ?? null },
      { onSuccess: onClose, onError: () => void preview.refetch() },
    )
  const error = restore.error ?? preview.error
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Restore as of ${when}?`}
      description="All of it changes at once, and can be undone from the history. Its IP, subscriber, certificates and private networks stay as they are."
      footer={
        <>
          <Button onClick={onClose}>{steps?.length === 0 ? 'Close' : 'Cancel'}</Button>
          {steps?.length !== 0 && (
            <Button
              variant="primary"
              changes
              loading={restore.isPending}
              disabledReason={
                steps && !preview.error ? undefined : 'What would change is not known.'
              }
              onClick={confirm}
            >
              Restore
            </Button>
          )}
        </>
      }
    >
      <div className="grid gap-4">
        <div aria-live="polite" aria-busy={preview.isPending}>
          {preview.isPending && <p className="text-muted">Working out what would change…</p>}
          {steps?.length === 0 && <p>Nothing would change: it is as it was then.</p>}
        </div>
        {steps && steps.length > 0 && !preview.error && <Steps steps={steps} names={names} />}
        {error && <Alert tone="danger">{errorMessage(error)}</Alert>}
      </div>
    </Dialog>
  )
}

const VERBS = { create: 'Creates', update: 'Changes', delete: 'Deletes' } as const

function Steps({ steps, names }: { steps: RestoreStep[]; names: Names }) {
  return (
    <ul aria-label="What would change" className="grid max-h-80 gap-2 overflow-y-auto">
      {steps.map((step) => {
        const { type, name } = describeChange({ ...step, verb: step.action })
        return (
          <li
            key={`${step.resource.type} ${step.resource.id}`}
            className="border-l-2 border-border pl-3"
          >
            <p>
              {VERBS[step.action]} {type} <span className="font-medium">{name}</span>
            </p>
            <FieldChanges fields={changedFields(step, names)} />
          </li>
        )
      })}
    </ul>
  )
}
