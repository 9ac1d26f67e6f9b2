import { expect, test } from 'vitest'
import type { AuditLine } from '#lib/core/audit.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const SESSION = '/fairlead/v1/session'
const LBS = '/lb/v1/regions/fr-par/lbs'

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

/** Newest first. */
async function audit(
  { call }: RunningControlPlane,
  token: string,
  query = '',
): Promise<AuditLine[]> {
  const { status, body } = await call('GET', `/fairlead/v1/audit${query}`, undefined, bearer(token))
  expect(status).toBe(200)
  return body.lines
}

const words = ({ event, actor, detail, change }: AuditLine) =>
  [event, actor.name, detail ?? change?.verb].join(' ').trim()

test('every login, denial and change has its actor, action, time and address', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  await call('POST', SESSION, { ...ADA, password: 'wrong horse' }, {})
  const { token } = (await call('POST', SESSION, ADA, {})).body
  const other = (await call('POST', SESSION, ADA, {})).body.token
  await call('POST', '/fairlead/v1/sessions/end-others', {}, bearer(token))
  await call('GET', LBS, undefined, bearer(other))
  await call('GET', LBS, undefined, { 'X-Auth-Token': '00000000-0000-4000-8000-000000000000' })
  const passwords = { current_password: 'wrong', new_password: 'a new staple horse' }
  await call('POST', '/fairlead/v1/account/password', passwords, bearer(token))
  const lb = (await call('POST', LBS, { name: 'shop' }, bearer(token))).body
  const reader = { name: 'r', scope: 'read_only' }
  const made = (await call('POST', '/fairlead/v1/tokens', reader, bearer(token))).body
  const key = { 'X-Auth-Token': made.secret_key }
  await call('DELETE', `${LBS}/${lb.id}`, undefined, key)
  await call('GET', '/fairlead/v1/audit', undefined, key)
  await call('POST', '/fairlead/v1/invitation', { token: 'guess' }, {})
  const third = (await call('POST', SESSION, ADA, {})).body.token
  await call('DELETE', SESSION, undefined, bearer(third))

  await expect.poll(async () => (await audit(controlPlane, token)).length).toBe(13)
  const lines = await audit(controlPlane, token)
  expect(lines.map(words).toReversed()).toEqual([
    'login_failed ada@example.com',
    'login ada@example.com',
    'login ada@example.com',
    'session_ended ada@example.com 1 others',
    `denied  GET ${LBS}`,
    'password_wrong ada@example.com',
    'change ada@example.com create',
    'change ada@example.com create',
    'change ada@example.com create',
    `denied ${made.access_key} DELETE ${LBS}/${lb.id}`,
    'link_refused',
    'login ada@example.com',
    'logout ada@example.com',
  ])
  const denied = lines.filter(({ event }) => event === 'denied')
  // Without a valid secret there is no actor. Repetitions are counted, and each call is named.
  expect(denied.map(({ count, details }) => [count, details])).toEqual([
    [
      2,
      [
        { detail: `DELETE ${LBS}/${lb.id}`, count: 1 },
        { detail: 'GET /fairlead/v1/audit', count: 1 },
      ],
    ],
    [2, [{ detail: `GET ${LBS}`, count: 2 }]],
  ])
  for (const line of lines) {
    expect(line).toMatchObject({
      address: expect.stringContaining('127.0.0.1'),
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(Date.parse(line.at)).toBeGreaterThan(Date.now() - 60_000)
  }
  expect(JSON.stringify(lines)).not.toContain('horse')
  expect(JSON.stringify(lines)).not.toContain(made.secret_key)
})

test('every line is on one page, even if many changes have the same time', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const { token } = (await call('POST', SESSION, ADA, {})).body
  const backends = ['a', 'b', 'c', 'd', 'e'].map((name) => backendInput({ name }))
  await call('POST', LBS, { name: 'shop', backends })
  await call('GET', LBS, undefined, { 'X-Auth-Token': 'no secret' })
  await expect.poll(async () => (await audit(controlPlane, token)).length).toBe(9)
  const all = await audit(controlPlane, token)
  expect(all.filter(({ at }) => at === all[2]?.at).length).toBeGreaterThan(6)
  for (const size of [1, 2, 4, 9]) {
    const seen: AuditLine[] = []
    let next: string | null = null
    do {
      const before = next === null ? '' : `&before=${encodeURIComponent(next)}`
      const path = `/fairlead/v1/audit?page_size=${size}${before}`
      const { body } = await call('GET', path, undefined, bearer(token))
      seen.push(...body.lines)
      next = body.next
    } while (next !== null)
    expect(seen).toEqual(all)
  }
})

test('is filtered by kind and actor, and paged', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const { token } = (await call('POST', SESSION, ADA, {})).body
  for (const name of ['a', 'b', 'c']) await call('POST', '/fairlead/v1/tokens', { name })
  await call('POST', SESSION, { email: 'eve@example.com', password: 'x' }, {})
  await expect.poll(async () => (await audit(controlPlane, token)).length).toBe(5)
  const seen = await audit(controlPlane, token)
  const times = seen.map(({ at }) => at)
  expect(times).toEqual(times.toSorted().toReversed())
  const events = async (query: string) =>
    (await audit(controlPlane, token, query)).map(({ event }) => event)
  expect(await events('?kind=changes')).toEqual(['change', 'change', 'change'])
  expect(await events('?kind=logins')).toEqual(['login_failed', 'login'])
  expect(await events('?kind=denials')).toEqual(['login_failed'])
  expect(await events('?actor=EVE')).toEqual(['login_failed'])
  expect(await events('?actor=%25')).toEqual([])
  const wrong = await call(
    'GET',
    '/fairlead/v1/audit?kind=all&before=now',
    undefined,
    bearer(token),
  )
  expect(wrong.status).toBe(400)
})

test('a logout without a session adds no line', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const { token } = (await call('POST', SESSION, ADA, {})).body
  const other = (await call('POST', SESSION, ADA, {})).body.token
  const five = (path: string, method: string, headers?: Record<string, string>) =>
    Promise.all(Array.from({ length: 5 }, () => call(method, path, undefined, headers)))
  const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status)
  // An API token has no session.
  expect(statuses(await five(SESSION, 'DELETE'))).toEqual([204, 204, 204, 204, 204])
  const unknown = '/fairlead/v1/sessions/00000000-0000-4000-8000-000000000000'
  expect(statuses(await five(unknown, 'DELETE', bearer(token)))).toEqual(Array(5).fill(404))
  const { accounts } = (await call('GET', '/fairlead/v1/accounts')).body
  const same = { role: 'owner', disabled: false }
  const path = `/fairlead/v1/accounts/${accounts[0].id}`
  expect((await call('PATCH', path, same, bearer(token))).body).toMatchObject({ role: 'owner' })
  // Of five concurrent calls, one ends the other session.
  await five('/fairlead/v1/sessions/end-others', 'POST', bearer(token))
  const third = (await call('POST', SESSION, ADA, {})).body.token
  await five(SESSION, 'DELETE', bearer(third))
  expect((await call('GET', SESSION, undefined, bearer(other))).status).toBe(401)

  const done = async () =>
    (await audit(controlPlane, token)).map(words).filter((line) => !line.startsWith('denied'))
  const login = 'login ada@example.com'
  const ended = 'session_ended ada@example.com 1 others'
  const expected = [login, login, ended, login, 'logout ada@example.com'].toReversed()
  await expect.poll(done).toEqual(expected)
  const last = (await call('POST', SESSION, ADA, {})).body.token
  await call('DELETE', SESSION, undefined, bearer(last))
  await expect.poll(done).toEqual(['logout ada@example.com', login, ...expected])
})

test('a login is on the disk soon, even if the process is killed', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { token } = (await controlPlane.call('POST', SESSION, ADA, {})).body
  const answeredAt = performance.now()
  await expect.poll(async () => (await audit(controlPlane, token)).length, { interval: 5 }).toBe(1)
  const ms = performance.now() - answeredAt
  process.stdout.write(`written ${ms.toFixed(0)} ms after the answer\n`)
  expect(ms).toBeLessThan(10_000)
})
