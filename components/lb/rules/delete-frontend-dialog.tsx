'use client'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { Code } from '#components/ui/code.tsx'
import { useDeleteFrontend } from '#lib/client/rule-mutations.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'

type Props = { lb: Lb; frontend: Frontend; onClose: () => void }

/** Asks before a frontend rule is deleted. */
export function DeleteFrontendDialog({ lb, frontend, onClose }: Props) {
  const { name, inbound_port: port } = frontend
  const remove = useDeleteFrontend(lb, {
    onSuccess: () => {
      toast.success(`Frontend rule ${name} is deleted.`)
      onClose()
    },
  })
  return (
    <ConfirmAction
      title={`Delete frontend rule ${name}?`}
      description={
        <>
          {lb.name} stops answering on port <Code>{port}</Code>, and the connections on it are cut.
          Its backend rule stays.
        </>
      }
      confirmLabel="Delete frontend rule"
      loading={remove.isPending}
      submitError={remove.error}
      onConfirm={() => remove.mutate(frontend)}
      onClose={onClose}
    />
  )
}
