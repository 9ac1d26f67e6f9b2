import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { PasswordLink as Link } from '#lib/core/person.ts'

type Props = { title: string; email: string; link: Link; onClose: () => void }

/** Shows a link that sets a password, once. */
export function PasswordLink({ title, email, link, onClose }: Props) {
  const url = window.location.origin + consolePath.invite(link.token)
  const until = new Date(link.expires_at).toLocaleString('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
  return (
    <Dialog
      open
      persistent
      onOpenChange={() => undefined}
      title={title}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="grid gap-4">
        <Alert tone="warn" title="The link is shown only now.">
          Send it to {email} by a way that only they read: whoever opens it chooses the password. It
          works once, until {until}.
        </Alert>
        <div className="flex items-start gap-2 rounded-control bg-surface-sunken p-3">
          <code className="min-w-0 flex-1 font-mono text-[0.8125rem]/5 break-all">{url}</code>
          <CopyButton text={url} label="Copy link" />
        </div>
      </div>
    </Dialog>
  )
}
