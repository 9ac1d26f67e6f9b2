'use client'
import { useQuery } from '@tanstack/react-query'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { useRemovePerson } from '#lib/client/people-mutations.ts'
import { allTokens } from '#lib/client/token-queries.ts'
import type { Person } from '#lib/core/person.ts'
import { removedTokensText } from './removed-tokens-text.ts'

/** Asks before an account is removed. */
export function RemovePersonDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { data: tokens } = useQuery(browserQuery(allTokens()))
  const remove = useRemovePerson(person, {
    onSuccess: () => {
      toast.success(`${person.email} removed`)
      onClose()
    },
  })
  return (
    <ConfirmAction
      title={`Remove ${person.email}?`}
      description={`They're logged out at once. Their changes stay in the history. ${removedTokensText(tokens, person)}`}
      confirmLabel="Remove"
      loading={remove.isPending}
      submitError={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  )
}
