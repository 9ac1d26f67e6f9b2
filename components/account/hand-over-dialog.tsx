'use client'
import { useQuery } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { allPeople } from '#lib/client/people-queries.ts'
import { useUpdateToken } from '#lib/client/token-mutations.ts'
import { rightsOf } from '#lib/core/access.ts'
import type { ApiToken } from '#lib/core/api-token.ts'
import type { Person } from '#lib/core/person.ts'
import { showProblems } from './show-problems.ts'

type Values = { owner: string }

/** The accounts that can own a token: active, with the rights of its scope. */
function candidates(people: readonly Person[], { owner, scope }: ApiToken): Person[] {
  return people.filter(
    ({ id, role, state }) =>
      id !== owner?.id &&
      state === 'active' &&
      rightsOf(scope).every((right) => rightsOf(role).includes(right)),
  )
}

/** Hands an API token over to another account. */
export function HandOverDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const { data: people } = useQuery(browserQuery(allPeople()))
  const update = useUpdateToken(token)
  const form = useForm<Values>({ defaultValues: { owner: '' } })
  const { register, formState } = form
  const { errors } = formState
  const options = candidates(people ?? [], token).map(({ id, email }) => ({
    value: id,
    label: email,
  }))
  const submit = form.handleSubmit(async ({ owner }) => {
    try {
      const { owner: next } = await update.mutateAsync({ owner_id: owner })
      toast.success(`API token ${token.name} handed over to ${next?.email}`)
      onClose()
    } catch (error) {
      showProblems(form, error, { owner_id: 'owner' })
    }
  })
  const nobody = people !== undefined && options.length === 0
  return (
    <FormDialog
      title={`Hand over API token ${token.name}?`}
      description="The secret key stays the same: programs that use the token keep working, and whoever knows the key can still use it. The token stops working if its new owner is disabled or removed."
      submitLabel={nobody ? null : 'Hand over token'}
      loading={update.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {nobody ? (
        <Alert title="No eligible account">
          No other active account has a role that allows what this token does.
        </Alert>
      ) : (
        <SelectField
          label="New owner"
          options={[{ value: '', label: 'Choose an account' }, ...options]}
          error={errors.owner?.message}
          {...register('owner', { validate: (owner) => owner !== '' || 'Choose an account.' })}
        />
      )}
      {errors.root && (
        <Alert tone="danger" title="Couldn't hand over the token.">
          {errors.root.message}
        </Alert>
      )}
    </FormDialog>
  )
}
