import type { Person, PersonList } from '#lib/core/person.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'

export const PEOPLE_KEY = ['people'] as const

/** All accounts, by email. */
export function allPeople(): ApiQuery<Person[]> {
  return {
    queryKey: PEOPLE_KEY,
    fetch: async (get) => (await get<PersonList>(apiPath.accounts())).accounts,
  }
}
