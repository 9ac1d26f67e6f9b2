'use client'
import { useState } from 'react'
import { toast } from 'sonner'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { useFollowDatabase } from '#lib/client/divergence-mutations.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import type { Divergence } from '#lib/core/divergence.ts'

const count = (number: number) => `${number} load balancer${number === 1 ? '' : 's'}`

/** Asks before nodes give up what they have for what the database has. */
export function FollowDatabaseDialog({
  divergences,
  onClose,
}: {
  divergences: Divergence[]
  onClose: () => void
}) {
  const known = divergences.filter(({ name }) => name !== null)
  const unknown = divergences.filter(({ name }) => name === null)
  const [alsoUnknown, setAlsoUnknown] = useState(known.length === 0)
  const follow = useFollowDatabase()
  const chosen = alsoUnknown ? divergences : known
  const confirm = () =>
    follow.mutate(
      { lb_ids: chosen.map(({ lb_id }) => lb_id) },
      {
        onSuccess: () => {
          onClose()
          toast.success('The nodes follow the database.')
        },
      },
    )
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Follow the database?"
      description={
        known.length > 0
          ? `The nodes replace what they serve for ${count(known.length)} by what this database has. ` +
            'What was changed after it was copied is lost.'
          : 'This database has none of what the nodes serve.'
      }
      confirmLabel="Follow the database"
      loading={follow.isPending}
      error={follow.error && errorMessage(follow.error)}
      disabledReason={chosen.length > 0 ? undefined : 'Choose what is meant first.'}
      onConfirm={confirm}
    >
      {unknown.length > 0 && (
        <CheckboxField
          label={`Stop serving ${count(unknown.length)} that this database does not have`}
          hint={unknown.map(({ ip_address, lb_id }) => ip_address ?? lb_id).join(', ')}
          checked={alsoUnknown}
          onChange={(event) => setAlsoUnknown(event.target.checked)}
        />
      )}
    </ConfirmDialog>
  )
}
