'use client'
import { toast } from 'sonner'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useUpdateToken } from '#lib/client/token-mutations.ts'
import type { ApiToken } from '#lib/core/api-token.ts'
import { TokenFields } from './token-fields.tsx'
import { TOKEN_FORM, tokenPatch, tokenValues } from './token-values.ts'

/** Changes an API token's name and networks. */
export function EditTokenDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const update = useUpdateToken(token, {
    onSuccess: ({ name }) => {
      toast.success(`API token ${name} saved`)
      onClose()
    },
  })
  const form = useApiForm(tokenValues(token), TOKEN_FORM)
  return (
    <DialogForm
      form={form}
      title={`Edit API token ${token.name}`}
      submitLabel="Save"
      onSubmit={(_body, values) => update.mutateAsync(tokenPatch(values, token))}
      submitError={update.error}
      errorTitle="Couldn't save the token."
      loading={update.isPending}
      onClose={onClose}
    >
      <TokenFields />
    </DialogForm>
  )
}
