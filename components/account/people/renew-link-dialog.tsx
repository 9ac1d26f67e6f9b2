'use client'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { useRenewLink } from '#lib/client/people-mutations.ts'
import type { Person } from '#lib/core/person.ts'
import { PasswordLink } from './password-link.tsx'

/** Creates a link that sets a new password, and shows it once. */
export function RenewLinkDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const renew = useRenewLink(person)
  const { email, state } = person
  if (renew.data) {
    return <PasswordLink title={`A link for ${email}`} {...{ email, onClose }} link={renew.data} />
  }
  return (
    <ConfirmAction
      tone="primary"
      title={`Make a link for ${email}?`}
      description={
        state === 'invited'
          ? 'With it they choose the password of their account. The link that they had works no more.'
          : 'With it they choose a new password, within a day. Until they do, the one that they have goes on; then all their sessions end.'
      }
      confirmLabel="Make a link"
      loading={renew.isPending}
      submitError={renew.error}
      onConfirm={() => renew.mutate()}
      onClose={onClose}
    />
  )
}
