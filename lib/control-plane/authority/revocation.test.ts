import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Right, Role } from '#lib/core/access.ts'
import { addAccount } from '#lib/testing/control-plane/accounts.ts'
import { type ApiCall, callsAt, ownCalls } from '#lib/testing/control-plane/every-call.ts'
import {
  bodyOf,
  contentOf,
  filled,
  furnish,
  type Ids,
} from '#lib/testing/control-plane/furnished.ts'
import {
  type Answered,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import {
  beginRequest,
  type UnfinishedRequest,
} from '#lib/testing/control-plane/unfinished-request.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { hashOf, newCredentials } from '../tokens/api-tokens.ts'

const { key, certificate } = makeCertificate()
const PEM = key + certificate

/** Every call that writes. Each is tested while its caller loses the right to it. */
const WRITES = [...callsAt('regions/fr-par'), ...ownCalls()].filter(
  ({ method }) => method !== 'get',
)

let controlPlane: RunningControlPlane
let ids: Ids

beforeAll(async () => {
  controlPlane = await runControlPlane()
  ids = await furnish(controlPlane, PEM)
})
afterAll(() => controlPlane.stop())

/** The sessions of an account, or tokens, one for each request. `used` counts those that a request has authenticated with. */
type Callers = {
  id: string
  /** The actor in the history of the first one's changes. */
  actor: string
  headers: Record<string, string>[]
  used: () => Promise<number>
}

/** Adds an account with sessions. A session's use is stored if the previous one is ten minutes ago. */
async function addCallers(role: Role, count = 1): Promise<Callers> {
  const { id, headers } = await addAccount(controlPlane.database, role, count)
  const sessions = controlPlane.database.selectFrom('sessions').select('id')
  const used = sessions.where('userId', '=', id).whereRef('updatedAt', '>', 'createdAt')
  return { id, actor: id, headers, used: async () => (await used.execute()).length }
}

/** Adds tokens with the scope `full`. */
async function addTokens(count: number): Promise<Callers> {
  const { database } = controlPlane
  const id = randomUUID()
  const made = Array.from({ length: count }, newCredentials)
  const rows = made.map(({ accessKey, secretKey }) => ({
    ...{ access_key: accessKey, secret_hash: hashOf(secretKey), name: id, scope: 'full' as const },
    ...{ created_at: new Date().toISOString(), expires_at: null, last_used_at: null },
    ...{ from_settings: false, owner_id: null, networks: [] },
  }))
  await database.insertInto('api_tokens').values(rows).execute()
  const tokens = database.selectFrom('api_tokens').select('name').where('name', '=', id)
  const used = tokens.where('last_used_at', 'is not', null)
  return {
    id,
    actor: made[0]?.accessKey ?? '',
    headers: made.map(({ secretKey }) => ({ 'X-Auth-Token': secretKey })),
    used: async () => (await used.execute()).length,
  }
}

/** Sends each call's request except for its last byte, and waits until all are authenticated. */
async function begin(calls: ApiCall[], { headers, used }: Callers): Promise<UnfinishedRequest[]> {
  const requests = await Promise.all(
    calls.map((call, at) =>
      beginRequest(controlPlane.url, {
        method: call.method.toUpperCase(),
        path: filled(call, ids),
        headers: headers[at] ?? {},
        body: bodyOf(call.template, ids),
      }),
    ),
  )
  await expect.poll(used).toBe(calls.length)
  return requests
}

/** Finishes the requests. @returns each call's status and name */
async function answersOf(calls: ApiCall[], requests: UnfinishedRequest[]): Promise<string[]> {
  const statuses = await Promise.all(requests.map(({ finish }) => finish()))
  return calls.map(({ method, template }, at) => `${statuses[at]} ${method} ${template}`)
}

const needing = (...rights: Right[]) => WRITES.filter(({ right }) => rights.includes(right))
/** No node runs, so there is nothing to decide about and no instance to switch to. */
const NOTHING_TO_DO = ['200 post /follow-database', '412 post /lbs/{id}/switchover']

const EVERYTHING: Right[] = ['read', 'write', 'people']

describe('a request in progress writes nothing after its caller has lost the right', () => {
  type Way = {
    role: Role
    lost: Right[]
    by: (callers: Callers) => { method: string; path: string; body?: unknown; own?: true }
  }
  const ways: Record<string, Way> = {
    'the account is removed': {
      role: 'owner',
      lost: EVERYTHING,
      by: ({ id }) => ({ method: 'DELETE', path: `/accounts/${id}` }),
    },
    'the account is disabled': {
      role: 'owner',
      lost: EVERYTHING,
      by: ({ id }) => ({ method: 'PATCH', path: `/accounts/${id}`, body: { disabled: true } }),
    },
    'an owner becomes an editor': {
      role: 'owner',
      lost: ['people'],
      by: ({ id }) => ({ method: 'PATCH', path: `/accounts/${id}`, body: { role: 'editor' } }),
    },
    'an editor becomes a viewer': {
      role: 'editor',
      lost: ['write'],
      by: ({ id }) => ({ method: 'PATCH', path: `/accounts/${id}`, body: { role: 'viewer' } }),
    },
    'the sessions are ended from another one': {
      role: 'owner',
      lost: EVERYTHING,
      by: () => ({ method: 'POST', path: '/sessions/end-others', own: true }),
    },
  }

  test.each(Object.entries(ways))('%s', async (_name, { role, lost, by }) => {
    const calls = needing(...lost)
    const callers = await addCallers(role, calls.length + 1)
    const requests = await begin(calls, callers)
    const { method, path, body, own } = by(callers)
    const revoking = (own ? callers : await addCallers('owner')).headers.at(-1) ?? {}
    const { status } = await controlPlane.call(method, `/fairlead/v1${path}`, body, revoking)
    expect(status).toBeLessThan(300)
    await expectAllRefused(calls, requests)
  })

  test('the token is revoked', async () => {
    const calls = needing('write')
    const callers = await addTokens(calls.length)
    const requests = await begin(calls, callers)
    const { tokens } = (await controlPlane.call('GET', '/fairlead/v1/tokens')).body
    for (const { name, access_key } of tokens) {
      if (name !== callers.id) continue
      const { status } = await controlPlane.call('DELETE', `/fairlead/v1/tokens/${access_key}`)
      expect(status).toBe(204)
    }
    await expectAllRefused(calls, requests)
  })

  test('the token expires', async () => {
    const calls = needing('write')
    const callers = await addTokens(calls.length)
    const requests = await begin(calls, callers)
    const expired = { expires_at: new Date().toISOString() }
    const tokens = controlPlane.database.updateTable('api_tokens').set(expired)
    await tokens.where('name', '=', callers.id).execute()
    await expectAllRefused(calls, requests)
  })

  async function expectAllRefused(calls: ApiCall[], requests: UnfinishedRequest[]): Promise<void> {
    expect(calls.length).toBeGreaterThan(2)
    const content = await contentOf(controlPlane)
    const answers = await answersOf(calls, requests)
    const done = answers.filter((answer) => !/^40[13] /.test(answer))
    expect(done.filter((answer) => !NOTHING_TO_DO.includes(answer))).toEqual([])
    expect(await contentOf(controlPlane)).toBe(content)
  }
})

test('the same requests succeed if no caller has lost a right', async () => {
  // These wait for nodes or the supervisor, which don't run here.
  const calls = WRITES.filter(({ template }) => !/switchover|drain|rebalance|draft/.test(template))
  const requests = await begin(calls, await addCallers('owner', calls.length))
  const content = await contentOf(controlPlane)
  const answers: string[] = []
  // Calls that delete what others need come last.
  const rank = ({ method, template }: ApiCall) =>
    template === '/sessions/end-others' ? 2 : Number(method === 'delete')
  const pairs = calls.map((call, at) => ({ call, request: requests[at] }))
  for (const { call, request } of pairs.sort((a, b) => rank(a.call) - rank(b.call)))
    answers.push(...(await answersOf([call], request ? [request] : [])))
  expect(answers.filter((answer) => /^40[13] /.test(answer))).toEqual([])
  expect(answers.filter((answer) => answer.startsWith('20')).length).toBeGreaterThan(30)
  expect(await contentOf(controlPlane)).not.toBe(content)
})

describe('of concurrent writes, none comes after the revocation in the history', () => {
  const owner = async () => (await addCallers('owner')).headers[0] ?? {}
  const ways: Record<string, (id: string) => Promise<Answered>> = {
    'removed editor': async (id) => call('DELETE', `/accounts/${id}`, undefined, await owner()),
    'disabled editor': async (id) =>
      call('PATCH', `/accounts/${id}`, { disabled: true }, await owner()),
    'demoted editor': async (id) =>
      call('PATCH', `/accounts/${id}`, { role: 'viewer' }, await owner()),
    'revoked token': (id) => call('DELETE', `/tokens/${id}`),
  }

  function call(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
    return controlPlane.call(method, `/fairlead/v1${path}`, body, headers)
  }

  /** One token for several requests. Only its first use shows, so some requests may finish before they are all authenticated. */
  async function sharedToken(times: number): Promise<Callers> {
    const { headers, used, ...token } = await addTokens(1)
    const all = Array.from({ length: times }, () => headers[0] ?? {})
    return { ...token, headers: all, used: async () => (await used()) * times }
  }

  test.each(Object.entries(ways))('%s', async (name, revoke) => {
    const create = WRITES.find(({ template }) => template === '/ips')
    if (!create) throw new Error('There is no such call')
    const calls = Array.from({ length: 40 }, () => create)
    // All requests use the one token, but each uses a session of its own.
    const callers =
      name === 'revoked token' ? await sharedToken(40) : await addCallers('editor', 40)
    const requests = await begin(calls, callers)
    const revoking = revoke(callers.actor)
    let isRevoked = false
    const ended = revoking.finally(() => {
      isRevoked = true
    })
    const finished: Promise<number>[] = []
    for (const { finish } of requests.slice(0, -1)) {
      if (!isRevoked) finished.push(finish())
      await setImmediate()
    }
    expect((await ended).status).toBeLessThan(300)
    for (const { finish } of requests.slice(finished.length)) finished.push(finish())
    const answers = await Promise.all(finished)
    expect(answers.filter((status) => ![200, 401, 403].includes(status))).toEqual([])
    const lines = await controlPlane.database
      .selectFrom('changes')
      .select(['actor_id', 'resource_id'])
      .where(({ eb }) =>
        eb(eb.val(callers.actor), 'in', [eb.ref('actor_id'), eb.ref('resource_id')]),
      )
      .orderBy('id')
      .execute()
    expect(lines.at(-1)).toMatchObject({ resource_id: callers.actor })
    expect(answers).toContain(name === 'demoted editor' ? 403 : 401)
    expect(lines.length - 1).toBe(answers.filter((status) => status === 200).length)
  })
})
