'use client'
import { useState } from 'react'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { Code } from '#components/ui/code.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useRemoveNode } from '#lib/client/node-mutations.ts'
import type { NodeStatus } from '#lib/core/node.ts'

/** Asks for a node's name before it is removed. */
export function RemoveNodeDialog({ node, onClose }: { node: NodeStatus; onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const { name, host } = node
  const remove = useRemoveNode(node, {
    onSuccess: () => {
      toast.success(`${name} removed`)
      onClose()
    },
  })
  const isConfirmed = typed.trim() === name
  return (
    <ConfirmAction
      title={`Remove node ${name}?`}
      description={`Its certificate is revoked at once, and ${host} is refused from then on. To use the host again, add it as a new node. This can't be undone.`}
      confirmLabel="Remove node"
      loading={remove.isPending}
      submitError={remove.error}
      disabledReason={isConfirmed ? undefined : 'Type its name first.'}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <TextField
        label={
          <>
            Type <Code>{name}</Code> to confirm
          </>
        }
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && isConfirmed && !remove.isPending) remove.mutate()
        }}
      />
    </ConfirmAction>
  )
}
