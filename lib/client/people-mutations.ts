import type * as z from 'zod'
import type {
  InvitedPerson,
  InvitePerson,
  PasswordLink,
  Person,
  UpdatePerson,
} from '#lib/core/person.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { PEOPLE_KEY } from './people-queries.ts'

function usePersonMutation<Input, Output>(
  send: (input: Input) => Promise<Output>,
  options?: MutationOptions<Input, Output>,
) {
  return useApiMutation(
    {
      send,
      invalidates: [PEOPLE_KEY],
      awaitsRefetch: true,
      refetchesOnError: true,
      isSecret: true,
    },
    options,
  )
}

type Invitation = z.input<typeof InvitePerson>

/** Creates an account. Only this response has the link with which its owner sets a password. */
export function useInvite(options?: MutationOptions<Invitation, InvitedPerson>) {
  return usePersonMutation(
    (body: Invitation) => callApi<InvitedPerson>('POST', apiPath.accounts(), { body }),
    options,
  )
}

type PersonPatch = z.input<typeof UpdatePerson>

/** Changes an account's role, or disables or enables it. */
export function useUpdatePerson({ id }: Person, options?: MutationOptions<PersonPatch, Person>) {
  return usePersonMutation(
    (body: PersonPatch) => callApi<Person>('PATCH', apiPath.account(id), { body }),
    options,
  )
}

export function useRemovePerson({ id }: Person, options?: MutationOptions<void, void>) {
  return usePersonMutation(() => callApi<void>('DELETE', apiPath.account(id)), options)
}

/** Creates a link with which a person sets a new password. Only this response has it. */
export function useRenewLink({ id }: Person, options?: MutationOptions<void, PasswordLink>) {
  return usePersonMutation(
    () => callApi<PasswordLink>('POST', apiPath.accountLink(id), { body: {} }),
    options,
  )
}
