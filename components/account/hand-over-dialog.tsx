'use client'
import { useQuery } from '@tanstack/react-query'
import { toast } from 'sonner'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { RefreshWarning } from '#components/lb/refresh-state.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { SelectField, type SelectOption } from '#components/ui/select-field.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { allPeople } from '#lib/client/people-queries.ts'
import { useUpdateToken } from '#lib/client/token-mutations.ts'
import { rightsOf } from '#lib/core/access.ts'
import type { ApiToken } from '#lib/core/api-token.ts'
import type { Person } from '#lib/core/person.ts'
import { OWNER_FORM, type OwnerValues } from './token-values.ts'

/** The accounts that can own a token: active, with the rights of its scope. */
function candidates(people: readonly Person[], { owner, scope }: ApiToken): Person[] {
  return people.filter(
    ({ id, role, state }) =>
      id !== owner?.id &&
      state === 'active' &&
      rightsOf(scope).every((right) => rightsOf(role).includes(right)),
  )
}

/** The input for a token's new owner. @param options undefined until they are loaded */
export function OwnerField({ options }: { options: readonly SelectOption[] | undefined }) {
  return (
    <SelectField
      label="New owner"
      options={[
        { value: '', label: options ? 'Choose an account' : 'Loading accounts…' },
        ...(options ?? []),
      ]}
      {...useField<OwnerValues>('owner')}
    />
  )
}

/** Hands an API token over to another account. */
export function HandOverDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const query = useQuery(browserQuery(allPeople()))
  const update = useUpdateToken(token, {
    onSuccess: ({ owner }) => {
      toast.success(`API token ${token.name} handed over to ${owner?.email}`)
      onClose()
    },
  })
  const form = useApiForm({ owner: '' }, OWNER_FORM)
  const options =
    query.data &&
    candidates(query.data, token).map(({ id, email }) => ({ value: id, label: email }))
  const isImpossible = options?.length === 0
  return (
    <DialogForm
      form={form}
      title={`Hand over API token ${token.name}?`}
      description="The secret key stays the same: programs that use the token keep working, and whoever knows the key can still use it. The token stops working if its new owner is disabled or removed."
      submitLabel={isImpossible ? null : 'Hand over token'}
      onSubmit={(body) => update.mutateAsync(body)}
      submitError={update.error}
      errorTitle="Couldn't hand over the token."
      loading={update.isPending}
      onClose={onClose}
    >
      <RefreshWarning query={query} />
      {isImpossible ? (
        <Alert title="No eligible account">
          No other active account has a role that allows what this token does.
        </Alert>
      ) : (
        <OwnerField options={options} />
      )}
    </DialogForm>
  )
}
