'use client'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useCreateToken } from '#lib/client/token-mutations.ts'
import { NewTokenSecret } from './new-token-secret.tsx'
import { NewTokenFields } from './token-fields.tsx'
import { NEW_TOKEN, NEW_TOKEN_FORM } from './token-values.ts'

/** Creates an API token, then shows its secret key once. */
export function CreateTokenDialog({ apiUrl, onClose }: { apiUrl: string; onClose: () => void }) {
  const create = useCreateToken()
  const form = useApiForm(NEW_TOKEN, NEW_TOKEN_FORM)
  if (create.data) return <NewTokenSecret token={create.data} apiUrl={apiUrl} onClose={onClose} />
  return (
    <DialogForm
      form={form}
      title="Create API token"
      submitLabel="Create API token"
      onSubmit={(body) => create.mutateAsync(body)}
      submitError={create.error}
      errorTitle="Couldn't create the token."
      loading={create.isPending}
      onClose={onClose}
    >
      <NewTokenFields />
    </DialogForm>
  )
}
