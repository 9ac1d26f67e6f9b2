'use client'
import { useForm } from 'react-hook-form'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useCreateToken } from '#lib/client/token-mutations.ts'
import type { TokenScope } from '#lib/core/access.ts'
import { NetworksField } from './networks-field.tsx'
import { NewTokenSecret } from './new-token-secret.tsx'
import { showProblems } from './show-problems.ts'
import { DEFAULT_LIFETIME, expiryOf, LIFETIMES, type Lifetime } from './token-expiry.ts'
import { networksIn, networksProblem } from './token-networks.ts'

type Values = {
  name: string
  scope: TokenScope
  lifetime: Lifetime
  date: string
  networks: string
}

const SCOPES = [
  { value: 'full', label: 'Read-write' },
  { value: 'read_only', label: 'Read-only' },
] as const

/** The API's fields by the inputs that show what is wrong with them. */
const INPUTS = { name: 'name', expires_at: 'date', networks: 'networks' } as const

/** Creates an API token, and then shows its secret, this once. */
export function CreateTokenDialog({ apiUrl, onClose }: { apiUrl: string; onClose: () => void }) {
  const create = useCreateToken()
  if (create.data) return <NewTokenSecret token={create.data} apiUrl={apiUrl} onClose={onClose} />
  return <TokenForm create={create} onClose={onClose} />
}

type Create = ReturnType<typeof useCreateToken>

function TokenForm({ create, onClose }: { create: Create; onClose: () => void }) {
  const form = useForm<Values>({
    defaultValues: { name: '', scope: 'full', lifetime: DEFAULT_LIFETIME, date: '', networks: '' },
    mode: 'onTouched',
  })
  const { register, watch, formState } = form
  const { errors } = formState
  const submit = form.handleSubmit(async ({ name, scope, lifetime, date, networks }) => {
    try {
      await create.mutateAsync({
        name,
        scope,
        expires_at: expiryOf(lifetime, date),
        networks: networksIn(networks),
      })
    } catch (error) {
      showProblems(form, error, INPUTS)
    }
  })
  return (
    <FormDialog
      title="Create API token"
      submitLabel="Create API token"
      loading={create.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="What the token is for. For example: deploy pipeline"
        autoComplete="off"
        error={errors.name?.message}
        {...register('name', {
          validate: (name) => name.trim() !== '' || 'Token name is required.',
        })}
      />
      <SelectField label="Access" options={SCOPES} {...register('scope')} />
      <SelectField label="Expires" options={LIFETIMES} {...register('lifetime')} />
      {watch('lifetime') === 'date' && (
        <TextField
          label="Date"
          type="date"
          hint="Last day the token works."
          error={errors.date?.message}
          {...register('date', { validate: (date) => date !== '' || 'Choose a date.' })}
        />
      )}
      <NetworksField
        error={errors.networks?.message}
        {...register('networks', { validate: networksProblem })}
      />
      {errors.root && (
        <Alert tone="danger" title="Couldn't create the token.">
          {errors.root.message}
        </Alert>
      )}
    </FormDialog>
  )
}
