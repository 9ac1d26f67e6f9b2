'use client'
import { useQuery } from '@tanstack/react-query'
import { toast } from 'sonner'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { useRemovePerson } from '#lib/client/people-mutations.ts'
import { allTokens } from '#lib/client/token-queries.ts'
import type { Person } from '#lib/core/person.ts'
import { tokensOfWords } from './tokens-of-text.ts'

/** Asks before somebody's account is removed. */
export function RemovePersonDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const remove = useRemovePerson(person)
  const { data: tokens } = useQuery(browserQuery(allTokens()))
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        toast.success(`${person.email} removed`)
        onClose()
      },
    })
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Remove ${person.email}?`}
      description={`They're logged out at once. Their changes stay in the history. ${tokensOfWords(tokens, person)}`}
      confirmLabel="Remove"
      loading={remove.isPending}
      error={remove.error && errorMessage(remove.error)}
      onConfirm={confirm}
    />
  )
}
