import {
  InvitedPerson,
  InvitePerson,
  PasswordLink,
  Person,
  PersonList,
  UpdatePerson,
} from '#lib/core/person.ts'
import { invitePerson } from '../services/people/invite-person.ts'
import { listPeople } from '../services/people/list-people.ts'
import { removePerson } from '../services/people/remove-person.ts'
import { renewLink } from '../services/people/renew-link.ts'
import { updatePerson } from '../services/people/update-person.ts'
import type { Call, Endpoint } from './endpoint.ts'

export const PEOPLE_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/accounts',
    summary: 'List accounts, by email',
    response: PersonList,
    handle: async (call) => ({ value: await listPeople(call) }),
  },
  {
    method: 'post',
    path: '/accounts',
    summary: 'Invite a person. The link is returned only here and is valid for 7 days',
    needs: 'people',
    body: InvitePerson,
    response: InvitedPerson,
    handle: async (call) => ({ value: await invitePerson(call) }),
  },
  {
    method: 'patch',
    path: '/accounts/{id}',
    summary: "Change an account's name or role, or disable it",
    needs: 'people',
    body: UpdatePerson,
    response: Person,
    handle: async (call) => ({ value: await updatePerson(call) }),
  },
  {
    method: 'delete',
    path: '/accounts/{id}',
    summary: 'Delete an account with its sessions',
    needs: 'people',
    response: null,
    handle: removePerson,
  },
  {
    method: 'post',
    path: '/accounts/{id}/link',
    summary:
      'Create a link to set a password. Valid for 7 days if the person was invited and has none yet, else for one day',
    needs: 'people',
    response: PasswordLink,
    handle: async (call) => ({ value: await renewLink(call) }),
  },
]
