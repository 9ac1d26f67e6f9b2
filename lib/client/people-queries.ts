import type { Person, PersonList } from '#lib/core/person.ts'
import { apiPath } from './api-path.ts'
import type { Read } from './read.ts'

export const PEOPLE_KEY = ['people'] as const

/** Everybody with an account, by email. */
export function allPeople(): Read<Person[]> {
  return {
    queryKey: PEOPLE_KEY,
    read: async (get) => (await get<PersonList>(apiPath.accounts())).accounts,
  }
}
