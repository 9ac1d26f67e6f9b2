'use client'
import { toast } from 'sonner'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { fieldsOf } from '#components/form/request-fields.ts'
import { formRequest, useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { TextField } from '#components/ui/text-field.tsx'
import { useAttachPrivateNetwork } from '#lib/client/private-network-mutations.ts'
import type { Lb } from '#lib/core/lb.ts'

export type NetworkValues = { id: string }

export const NETWORK_FORM = formRequest({
  fields: ({ id }: NetworkValues) => ({
    private_network_id: fieldsOf<NetworkValues>()('id', id.trim()),
  }),
  schema: async () => (await import('#lib/core/private-network.ts')).AttachPrivateNetwork,
  check: ({ id }) => ({ id: id.trim() === '' ? 'ID is required.' : undefined }),
})

/** The input for a private network's ID. */
export function NetworkField() {
  return (
    <TextField
      label="Private network ID"
      monospace
      spellCheck={false}
      autoComplete="off"
      autoCapitalize="none"
      {...useField<NetworkValues>('id')}
    />
  )
}

/** Attaches a load balancer to a private network. */
export function AttachNetworkDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const attach = useAttachPrivateNetwork(lb, {
    onSuccess: () => {
      toast.success('The private network is being attached.')
      onClose()
    },
  })
  const form = useApiForm({ id: '' }, NETWORK_FORM)
  return (
    <DialogForm
      form={form}
      title="Attach private network"
      description="It is recorded, and has no effect on traffic."
      submitLabel="Attach"
      onSubmit={(body) => attach.mutateAsync(body)}
      submitError={attach.error}
      errorTitle="It was not attached."
      loading={attach.isPending}
      onClose={onClose}
    >
      <NetworkField />
    </DialogForm>
  )
}
