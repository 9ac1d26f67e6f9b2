import type { Person } from '#lib/core/person.ts'
import { preconditionFailed, resourceNotFound } from '../../errors.ts'
import type { Reader, Writer } from '../../store/reader.ts'

/** A query for accounts with their password hash. */
export function people(reader: Reader) {
  return reader
    .selectFrom('users')
    .leftJoin('credentials', 'credentials.userId', 'users.id')
    .select(['users.id', 'email', 'name', 'role', 'disabled', 'users.createdAt', 'last_login_at'])
    .select('credentials.password')
}

type Row = Awaited<ReturnType<ReturnType<typeof people>['execute']>>[number]

export function personView(row: Row): Person {
  const { id, email, name, role, last_login_at } = row
  const invited = row.password === null ? 'invited' : 'active'
  const state = row.disabled ? 'disabled' : invited
  return { id, email, name, role, state, created_at: row.createdAt, last_login_at }
}

/** @throws ApiError 404 */
export async function findPerson(reader: Reader, id: string): Promise<Person> {
  const row = await people(reader).where('users.id', '=', id).executeTakeFirst()
  if (!row) throw resourceNotFound('account', id)
  return personView(row)
}

/**
 * The last step of every change that can remove an owner, in its transaction, so that concurrent changes see each other.
 * @throws ApiError 412 if no owner would be left who can log in
 */
export async function requireOwnerLeft(writer: Writer): Promise<void> {
  const owner = await people(writer)
    .where('role', '=', 'owner')
    .where('disabled', '=', 0)
    .where('credentials.password', 'is not', null)
    .executeTakeFirst()
  if (owner) return
  const message = 'This is the last owner who can log in. Make another account an owner first.'
  throw preconditionFailed('last_owner', message)
}
