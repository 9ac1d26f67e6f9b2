import { useMutation, useQueryClient } from '@tanstack/react-query'
import type {
  InvitedPerson,
  InvitePerson,
  PasswordLink,
  Person,
  UpdatePerson,
} from '#lib/core/person.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { PEOPLE_KEY } from './people-queries.ts'

function usePeopleChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    // What answers with a link is not kept.
    gcTime: 0,
    onSettled: () => client.invalidateQueries({ queryKey: PEOPLE_KEY }),
  })
}

/** Invites somebody. The link is in the answer only. */
export const useInvite = () =>
  usePeopleChange((body: InvitePerson) =>
    callApi<InvitedPerson>('POST', apiPath.accounts(), { body }),
  )

/** Changes somebody's role, or whether they may log in. */
export const useUpdatePerson = ({ id }: Person) =>
  usePeopleChange((body: UpdatePerson) => callApi<Person>('PATCH', apiPath.account(id), { body }))

export const useRemovePerson = ({ id }: Person) =>
  usePeopleChange(() => callApi<void>('DELETE', apiPath.account(id)))

/** Makes a link with which somebody chooses a password. It is in the answer only. */
export const useRenewLink = ({ id }: Person) =>
  usePeopleChange(() => callApi<PasswordLink>('POST', apiPath.accountLink(id), { body: {} }))
