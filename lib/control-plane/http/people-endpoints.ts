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
    summary: 'List the people with an account, by email',
    response: PersonList,
    handle: async (call) => ({ value: await listPeople(call) }),
  },
  {
    method: 'post',
    path: '/accounts',
    summary: 'Invite somebody. The link is returned only here, and is valid for 7 days',
    needs: 'people',
    body: InvitePerson,
    response: InvitedPerson,
    handle: async (call) => ({ value: await invitePerson(call) }),
  },
  {
    method: 'patch',
    path: '/accounts/{id}',
    summary: "Change somebody's name or role, or whether they may log in",
    needs: 'people',
    body: UpdatePerson,
    response: Person,
    handle: async (call) => ({ value: await updatePerson(call) }),
  },
  {
    method: 'delete',
    path: '/accounts/{id}',
    summary: "Remove somebody's account, with their sessions",
    needs: 'people',
    response: null,
    handle: removePerson,
  },
  {
    method: 'post',
    path: '/accounts/{id}/link',
    summary:
      'Make a link with which somebody chooses a new password: 7 days for who was invited, else one',
    needs: 'people',
    response: PasswordLink,
    handle: async (call) => ({ value: await renewLink(call) }),
  },
]
