'use client'
import { useState } from 'react'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { useFollowDatabase } from '#lib/client/divergence-mutations.ts'
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
  const follow = useFollowDatabase({
    onSuccess: () => {
      onClose()
      toast.success('The nodes follow the database.')
    },
  })
  const chosen = alsoUnknown ? divergences : known
  return (
    <ConfirmAction
      title="Follow the database?"
      description={
        known.length > 0
          ? `The nodes replace what they serve for ${count(known.length)} by what this database has. ` +
            'What was changed after it was copied is lost.'
          : 'This database has none of what the nodes serve.'
      }
      confirmLabel="Follow the database"
      loading={follow.isPending}
      submitError={follow.error}
      disabledReason={chosen.length > 0 ? undefined : 'Choose what is meant first.'}
      onConfirm={() => follow.mutate({ lb_ids: chosen.map(({ lb_id }) => lb_id) })}
      onClose={onClose}
    >
      {unknown.length > 0 && (
        <CheckboxField
          label={`Stop serving ${count(unknown.length)} that this database does not have`}
          hint={unknown.map(({ ip_address, lb_id }) => ip_address ?? lb_id).join(', ')}
          checked={alsoUnknown}
          onChange={(event) => setAlsoUnknown(event.target.checked)}
        />
      )}
    </ConfirmAction>
  )
}
