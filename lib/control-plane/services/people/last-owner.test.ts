import { expect, test } from 'vitest'
import { addAccount } from '#lib/testing/control-plane/accounts.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

type Owner = { id: string; headers: Record<string, string> }

/** Replaces all accounts with logged-in owners. */
async function setOwners(controlPlane: RunningControlPlane, count: number): Promise<Owner[]> {
  await controlPlane.database.deleteFrom('users').execute()
  const owners: Owner[] = []
  for (let at = 0; at < count; at += 1) {
    const { id, headers } = await addAccount(controlPlane.database, 'owner')
    owners.push({ id, headers: headers[0] ?? {} })
  }
  return owners
}

async function ownersLeft({ database }: RunningControlPlane): Promise<number> {
  const owners = database.selectFrom('users').select('id').where('role', '=', 'owner')
  return (await owners.where('disabled', '=', 0).execute()).length
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
      const owners = await setOwners(controlPlane, count)
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
      expect(await ownersLeft(controlPlane)).toBe(1)
    }
  },
)

test("the only owner can't be demoted or disabled, not even by themselves", async () => {
  await using controlPlane = await runControlPlane()
  const [owner] = await setOwners(controlPlane, 1)
  if (!owner) throw new Error('There is no owner')
  for (const body of [{ role: 'editor' }, { role: 'viewer' }, { disabled: true }]) {
    const path = `/fairlead/v1/accounts/${owner.id}`
    const response = await controlPlane.call('PATCH', path, body, owner.headers)
    expect([response.status, response.body.precondition]).toEqual([412, 'last_owner'])
  }
  expect(await ownersLeft(controlPlane)).toBe(1)
})
