import type { PersonList } from '#lib/core/person.ts'
import type { CallWith } from '../call.ts'
import { people, personView } from './find-person.ts'

/** All accounts, by email. */
export async function listPeople({ ctx }: CallWith<never, 'store'>): Promise<PersonList> {
  const rows = await people(ctx.store.reader).orderBy('email').execute()
  return { accounts: rows.map(personView) }
}
