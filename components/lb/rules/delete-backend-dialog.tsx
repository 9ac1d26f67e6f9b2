'use client'
import Link from 'next/link'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import { useDeleteBackend } from '#lib/client/rule-mutations.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'

type Props = {
  lb: Lb
  backend: Backend
  /** The frontends that use it. */
  users: readonly Frontend[]
  onClose: () => void
}

/** Asks before a backend rule is deleted. One in use can't be: the dialog names the frontends that use it. */
export function DeleteBackendDialog({ users, ...props }: Props) {
  if (users.length > 0) return <InUse users={users} {...props} />
  return <Confirm {...props} />
}

function InUse({ lb, backend, users, onClose }: Props) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Backend rule ${backend.name} is in use`}
      description="It can't be deleted while a frontend rule passes traffic to it. Delete these first, or give them another backend:"
      footer={<Button onClick={onClose}>Close</Button>}
    >
      <ul className="list-disc pl-4">
        {users.map(({ id, name, inbound_port }) => (
          <li key={id}>
            <Link
              href={consolePath.frontend(lb.id, id)}
              className="text-accent underline"
              onClick={onClose}
            >
              {name}
            </Link>{' '}
            <span className="text-muted">on port {inbound_port}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function Confirm({ lb, backend, onClose }: Omit<Props, 'users'>) {
  const { name, pool } = backend
  const remove = useDeleteBackend(lb, {
    onSuccess: () => {
      toast.success(`Backend rule ${name} is deleted.`)
      onClose()
    },
  })
  return (
    <ConfirmAction
      title={`Delete backend rule ${name}?`}
      description={`It names ${pool.length} ${pool.length === 1 ? 'server' : 'servers'} and its health check. No frontend rule uses it.`}
      confirmLabel="Delete backend rule"
      loading={remove.isPending}
      submitError={remove.error}
      onConfirm={() => remove.mutate(backend)}
      onClose={onClose}
    />
  )
}
