'use client'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useUpdateToken } from '#lib/client/token-mutations.ts'
import type { ApiToken } from '#lib/core/api-token.ts'
import { NetworksField } from './networks-field.tsx'
import { showProblems } from './show-problems.ts'
import { networksProblem } from './token-networks.ts'
import { type TokenValues, tokenChange, tokenValues } from './token-values.ts'

const INPUTS = { name: 'name', networks: 'networks' } as const

/** Renames an API token, and changes where it may be used from. */
export function EditTokenDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const update = useUpdateToken(token)
  const form = useForm<TokenValues>({ defaultValues: tokenValues(token), mode: 'onTouched' })
  const { register, formState } = form
  const { errors } = formState
  const submit = form.handleSubmit(async (values) => {
    try {
      await update.mutateAsync(tokenChange(values, token))
      toast.success(`API token ${values.name.trim()} saved`)
      onClose()
    } catch (error) {
      showProblems(form, error, INPUTS)
    }
  })
  return (
    <FormDialog
      title={`Edit API token ${token.name}`}
      submitLabel="Save"
      loading={update.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        autoComplete="off"
        error={errors.name?.message}
        {...register('name', {
          validate: (name) => name.trim() !== '' || 'Token name is required.',
        })}
      />
      <NetworksField
        error={errors.networks?.message}
        {...register('networks', { validate: networksProblem })}
      />
      {errors.root && (
        <Alert tone="danger" title="Couldn't save the token.">
          {errors.root.message}
        </Alert>
      )}
    </FormDialog>
  )
}
