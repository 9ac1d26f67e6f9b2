import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Right, ROLES, type Role, rightsOf, TOKEN_SCOPES } from '#lib/core/access.ts'
import { callsAt, ownCalls } from '#lib/testing/control-plane/every-call.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const ADMIN = { email: 'ada@example.com', password: 'correct horse battery' }
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

/** Every call of the API, with IDs that don't exist. */
const CALLS = [...callsAt('zones/fr-par-1'), ...callsAt('regions/fr-par'), ...ownCalls()].map(
  ({ path, ...call }) => ({ ...call, path: path.replaceAll(/\{\w+\}/g, UNKNOWN) }),
)

let controlPlane: RunningControlPlane
let session: string

beforeAll(async () => {
  controlPlane = await runControlPlane({ admin: ADMIN })
  session = (await controlPlane.call('POST', '/fairlead/v1/session', ADMIN, {})).body.token
})
afterAll(() => controlPlane.stop())

async function setRole(role: Role): Promise<void> {
  await controlPlane.database.updateTable('users').set({ role }).execute()
}

/** The number of entries in the history. Every change adds one. */
async function lines(): Promise<number> {
  return (await controlPlane.database.selectFrom('changes').select('id').execute()).length
}

async function refusedTo(headers: Record<string, string>): Promise<string[]> {
  const refused: string[] = []
  for (const { method, path } of CALLS) {
    const body = method === 'get' ? undefined : {}
    const answer = await controlPlane.call(method.toUpperCase(), path, body, headers)
    expect([method, path, answer.status]).not.toEqual([method, path, 401])
    if (answer.status !== 403) continue
    expect(answer.body).toMatchObject({
      type: 'permissions_denied',
      message: 'insufficient permissions',
      details: [{ action: expect.any(String), resource: expect.stringMatching(/^[a-z-]+$/) }],
    })
    refused.push(`${method} ${path}`)
  }
  return refused
}

const beyond = (rights: readonly Right[]) =>
  CALLS.filter(({ right }) => !rights.includes(right)).map(
    ({ method, path }) => `${method} ${path}`,
  )

describe('every call, as every kind of caller', () => {
  test('there are calls for each right', () => {
    expect(CALLS.length).toBeGreaterThan(100)
    expect(CALLS.filter(({ right }) => right === 'write').length).toBeGreaterThan(50)
  })

  test.each(ROLES)('as %s', async (role) => {
    await setRole(role)
    const before = await lines()
    const refused = await refusedTo({ Authorization: `Bearer ${session}` })
    expect(refused).toEqual(beyond(rightsOf(role)))
    if (role === 'viewer') expect(await lines()).toBe(before)
  })

  test.each(TOKEN_SCOPES)('with a token whose scope is %s', async (scope) => {
    const made = await controlPlane.call('POST', '/fairlead/v1/tokens', { name: scope, scope })
    expect(made.body.scope).toBe(scope)
    const before = await lines()
    const refused = await refusedTo({ 'X-Auth-Token': made.body.secret_key })
    expect(refused).toEqual(beyond(rightsOf(scope)))
    if (scope === 'read_only') expect(await lines()).toBe(before)
  })

  test("a read-only token can't create a token that writes", async () => {
    const made = await controlPlane.call('POST', '/fairlead/v1/tokens', {
      name: 'r',
      scope: 'read_only',
    })
    const headers = { 'X-Auth-Token': made.body.secret_key }
    const { status } = await controlPlane.call(
      'POST',
      '/fairlead/v1/tokens',
      { name: 'w' },
      headers,
    )
    expect(status).toBe(403)
  })
})
