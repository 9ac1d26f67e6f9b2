'use client'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { useRevokeToken } from '#lib/client/token-mutations.ts'
import type { ApiToken } from '#lib/core/api-token.ts'

/** Asks before an API token is revoked, and shows when it was last used. */
export function RevokeTokenDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const { name, access_key: accessKey, last_used_at: used } = token
  const revoke = useRevokeToken({
    onSuccess: () => {
      toast.success(`API token ${name} revoked`)
      onClose()
    },
  })
  return (
    <ConfirmAction
      title={`Revoke API token ${name}?`}
      description={
        <>
          Whatever uses it is refused from now on.{' '}
          {used ? (
            <>
              It was last used <RelativeTime at={used} />.
            </>
          ) : (
            'It has never been used.'
          )}
        </>
      }
      confirmLabel="Revoke API token"
      loading={revoke.isPending}
      submitError={revoke.error}
      onConfirm={() => revoke.mutate(accessKey)}
      onClose={onClose}
    />
  )
}
