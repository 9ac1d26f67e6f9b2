import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { newSecretToken, secretHash } from '../../accounts/secret-token.ts'

type Owner = { id: string; headers: Record<string, string> }

/** Replaces all accounts with logged-in owners. */
function setOwners({ settings }: RunningControlPlane, count: number): Owner[] {
  const database = new DatabaseSync(settings.databaseFile)
  database.exec('pragma foreign_keys = on; delete from users')
  const at = new Date().toISOString()
  const owners = Array.from({ length: count }, (): Owner => {
    const [id, token] = [randomUUID(), newSecretToken()]
    database
      .prepare(
        "insert into users (id, name, email, emailVerified, createdAt, updatedAt, role) values (?,?,?,0,?,?,'owner')",
      )
      .run(id, id, `${id}@example.com`, at, at)
    database
      .prepare(
        "insert into credentials (id, accountId, providerId, userId, password, createdAt, updatedAt) values (?,?,'credential',?,'none',?,?)",
      )
      .run(id, id, id, at, at)
    database
      .prepare(
        'insert into sessions (id, userId, token, createdAt, updatedAt, expiresAt) values (?,?,?,?,?,?)',
      )
      .run(id, id, secretHash(token), at, at, new Date(Date.now() + 3_600_000).toISOString())
    return { id, headers: { Authorization: `Bearer ${token}` } }
  })
  database.close()
  return owners
}

function ownersLeft({ settings }: RunningControlPlane): number {
  const database = new DatabaseSync(settings.databaseFile, { readOnly: true })
  const rows = database.prepare("select 1 from users where role = 'owner' and disabled = 0").all()
  database.close()
  return rows.length
}

const ACTIONS = {
  remove: ['DELETE', undefined],
  disable: ['PATCH', { disabled: true }],
  demote: ['PATCH', { role: 'editor' }],
} as const
type Action = keyof typeof ACTIONS

test.each([
  ['remove', 'remove'],
  ['disable', 'disable'],
  ['demote', 'demote'],
  ['remove', 'demote'],
  ['disable', 'remove'],
] as [Action, Action][])(
  'if owners %s and %s each other at once, one owner is left',
  async (...actions) => {
    await using controlPlane = await runControlPlane()
    for (const count of [2, 2, 2, 3, 4]) {
      const owners = setOwners(controlPlane, count)
      const requests = owners.flatMap((owner, at) =>
        owners
          .filter((other) => other !== owner)
          .map(async (other) => {
            const [method, body] = ACTIONS[actions[at % 2] ?? 'remove']
            const path = `/fairlead/v1/accounts/${other.id}`
            const { status } = await controlPlane.call(method, path, body, owner.headers)
            return { status, id: other.id }
          }),
      )
      const responses = await Promise.all(requests)
      const statuses = responses.map(({ status }) => status)
      expect(statuses.filter((status) => ![200, 204, 401, 403, 404, 412].includes(status))).toEqual(
        [],
      )
      // Disabling an account twice succeeds twice.
      const changed = responses.filter(({ status }) => status < 300).map(({ id }) => id)
      expect(new Set(changed).size).toBe(count - 1)
      expect(ownersLeft(controlPlane)).toBe(1)
    }
  },
)

test("the only owner can't be demoted or disabled, not even by themselves", async () => {
  await using controlPlane = await runControlPlane()
  const [owner] = setOwners(controlPlane, 1)
  if (!owner) throw new Error('There is no owner')
  for (const body of [{ role: 'editor' }, { role: 'viewer' }, { disabled: true }]) {
    const path = `/fairlead/v1/accounts/${owner.id}`
    const response = await controlPlane.call('PATCH', path, body, owner.headers)
    expect([response.status, response.body.precondition]).toEqual([412, 'last_owner'])
  }
  expect(ownersLeft(controlPlane)).toBe(1)
})
