'use client'
import { toast } from 'sonner'
import { Code } from '#components/ui/code.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useDeleteFrontend } from '#lib/client/rule-mutations.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'

type Props = { lb: Lb; frontend: Frontend; onClose: () => void }

/** Asks before a frontend rule is deleted. */
export function DeleteFrontendDialog({ lb, frontend, onClose }: Props) {
  const remove = useDeleteFrontend(lb)
  const { name, inbound_port: port } = frontend
  const confirm = () =>
    remove.mutate(frontend, {
      onSuccess: () => {
        toast.success(`Frontend rule ${name} is deleted.`)
        onClose()
      },
    })
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete frontend rule ${name}?`}
      description={
        <>
          {lb.name} stops answering on port <Code>{port}</Code>, and the connections on it are cut.
          Its backend rule stays.
        </>
      }
      confirmLabel="Delete frontend rule"
      loading={remove.isPending}
      error={remove.error && errorMessage(remove.error)}
      onConfirm={confirm}
    />
  )
}
