'use client'
import { useState } from 'react'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { useFollowDatabase } from '#lib/client/divergence-mutations.ts'
import type { Divergence } from '#lib/core/divergence.ts'

const count = (number: number) => `${number} load balancer${number === 1 ? '' : 's'}`

/** Asks before the database's state replaces what nodes serve. */
export function FollowDatabaseDialog({
  divergences,
  onClose,
}: {
  divergences: Divergence[]
  onClose: () => void
}) {
  const inDatabase = divergences.filter(({ name }) => name !== null)
  const notInDatabase = divergences.filter(({ name }) => name === null)
  const [includesUnknown, setIncludesUnknown] = useState(inDatabase.length === 0)
  const follow = useFollowDatabase({
    onSuccess: () => {
      onClose()
      toast.success('The nodes follow the database.')
    },
  })
  const selected = includesUnknown ? divergences : inDatabase
  return (
    <ConfirmAction
      title="Follow the database?"
      description={
        inDatabase.length > 0
          ? `The nodes replace what they serve for ${count(inDatabase.length)} by what this database has. ` +
            'What was changed after it was copied is lost.'
          : 'This database has none of what the nodes serve.'
      }
      confirmLabel="Follow the database"
      loading={follow.isPending}
      submitError={follow.error}
      disabledReason={selected.length > 0 ? undefined : 'Choose what is meant first.'}
      onConfirm={() => follow.mutate({ lb_ids: selected.map(({ lb_id }) => lb_id) })}
      onClose={onClose}
    >
      {notInDatabase.length > 0 && (
        <CheckboxField
          label={`Stop serving ${count(notInDatabase.length)} that this database does not have`}
          hint={notInDatabase.map(({ ip_address, lb_id }) => ip_address ?? lb_id).join(', ')}
          checked={includesUnknown}
          onChange={(event) => setIncludesUnknown(event.target.checked)}
        />
      )}
    </ConfirmAction>
  )
}
