import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Session } from '#lib/core/session.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const BOB = { email: 'bob@example.com', password: 'another horse battery' }
const SESSION = '/fairlead/v1/session'
const SESSIONS = '/fairlead/v1/sessions'
const PASSWORD = '/fairlead/v1/account/password'

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

async function logIn(
  { call }: RunningControlPlane,
  more: Record<string, string> = {},
  who = ADA,
): Promise<string> {
  const { status, body } = await call('POST', SESSION, who, more)
  expect(status).toBe(200)
  return body.token
}

const list = async ({ call }: RunningControlPlane, token: string): Promise<Session[]> =>
  (await call('GET', SESSIONS, undefined, bearer(token))).body.sessions

test('secrets are random, new at each login, and stored as hashes', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const tokens = await Promise.all(Array.from({ length: 8 }, () => logIn(controlPlane)))
  expect(new Set(tokens).size).toBe(8)
  // 43 characters of base64url are 256 bits.
  for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/)
  const database = new DatabaseSync(controlPlane.settings.databaseFile, { readOnly: true })
  const rows = database.prepare('select * from sessions').all()
  database.close()
  expect(rows).toHaveLength(8)
  for (const token of tokens) expect(JSON.stringify(rows)).not.toContain(token)
})

test("a login ends the browser's previous session", async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const former = await logIn(controlPlane)
  const wrong = { ...ADA, password: 'wrong horse' }
  await controlPlane.call('POST', SESSION, wrong, bearer(former))
  expect(await list(controlPlane, former)).toHaveLength(1)
  const next = await logIn(controlPlane, bearer(former))
  expect((await controlPlane.call('GET', SESSION, undefined, bearer(former))).status).toBe(401)
  expect(await list(controlPlane, next)).toHaveLength(1)
})

test("people can list and end their own sessions, and nobody else's", async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const here = await logIn(controlPlane, { 'User-Agent': 'Firefox' })
  const there = await logIn(controlPlane, { 'User-Agent': `Chrome ${'x'.repeat(1000)}` })
  const third = await logIn(controlPlane)
  const sessions = await list(controlPlane, here)
  expect(sessions).toHaveLength(3)
  const own = sessions.find(({ current }) => current)
  expect(own).toMatchObject({
    user_agent: 'Firefox',
    address: expect.stringContaining('127.0.0.1'),
  })
  expect(Date.parse(own?.expires_at ?? '')).toBeGreaterThan(Date.now() + 11 * 3_600_000)
  const other = sessions.find(({ user_agent: agent }) => agent?.startsWith('Chrome'))
  expect(other?.user_agent).toHaveLength(512)
  expect(JSON.stringify(sessions)).not.toContain(there)

  const end = (id: string, headers: Record<string, string> = bearer(here)) =>
    call('DELETE', `${SESSIONS}/${id}`, undefined, headers)
  expect((await end(other?.id ?? '')).status).toBe(204)
  expect((await call('GET', SESSION, undefined, bearer(there))).status).toBe(401)
  expect((await end(other?.id ?? '')).status).toBe(404)

  // Another account, as an invitation would create it.
  const database = new DatabaseSync(controlPlane.settings.databaseFile)
  database.exec('pragma foreign_keys = on')
  const columns = 'id, name, email, emailVerified, createdAt, updatedAt, role'
  const at = new Date().toISOString()
  database
    .prepare(`insert into users (${columns}) values ('bob', 'Bob', ?, 0, ?, ?, 'owner')`)
    .run(BOB.email, at, at)
  database.prepare("update sessions set userId = 'bob' where id = ?").run(own?.id ?? '')
  database.close()
  expect((await end(own?.id ?? '', bearer(third))).status).toBe(404)
  expect(await list(controlPlane, here)).toHaveLength(1)
  expect((await call('GET', SESSION, undefined, bearer(here))).status).toBe(200)
})

test('all other sessions can be ended at once', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const [here = '', ...others] = await Promise.all([1, 2, 3].map(() => logIn(controlPlane)))
  const ended = await call('POST', `${SESSIONS}/end-others`, {}, bearer(here))
  expect([ended.status, ended.body]).toEqual([200, { ended: 2 }])
  for (const other of others) {
    expect((await call('GET', SESSION, undefined, bearer(other))).status).toBe(401)
  }
  expect(await list(controlPlane, here)).toMatchObject([{ current: true }])
})

test('an API token has no sessions, and the error says so', async () => {
  await using controlPlane = await runControlPlane()
  const { status, body } = await controlPlane.call('GET', SESSIONS)
  expect([status, body.precondition]).toEqual([412, 'session'])
})

test('a new password ends all sessions and opens a new one', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const here = await logIn(controlPlane)
  const there = await logIn(controlPlane)
  const wanted = `${'long '.repeat(15)}one`
  const change = (current_password: string, new_password: string, token = here) =>
    call('POST', PASSWORD, { current_password, new_password }, bearer(token))
  const wrong = await change('wrong horse', wanted)
  expect([wrong.status, wrong.body.details]).toMatchObject([
    400,
    [{ argument_name: 'current_password', help_message: 'This is not your password.' }],
  ])
  for (const weak of ['short', 'password123', '']) {
    expect([weak, (await change(ADA.password, weak)).status]).toEqual([weak, 400])
  }
  const changed = await change(ADA.password, wanted)
  expect(changed.body.account.email).toBe(ADA.email)
  for (const token of [here, there]) {
    expect((await call('GET', SESSION, undefined, bearer(token))).status).toBe(401)
  }
  const session = await call('GET', SESSION, undefined, bearer(changed.body.token))
  expect(session.body.account.email).toBe(ADA.email)
  expect((await call('POST', SESSION, ADA, {})).status).toBe(401)
  // Long passwords are not truncated.
  const cut = { ...ADA, password: wanted.slice(0, 72) }
  expect((await call('POST', SESSION, cut, {})).status).toBe(401)
  await logIn(controlPlane, {}, { ...ADA, password: wanted })
})

test('a change of the password leaves no moment without a session', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const token = await logIn(controlPlane)
  using database = new DatabaseSync(controlPlane.settings.databaseFile, { readOnly: true })
  const count = database.prepare('select count(*) as sessions from sessions')
  const counts = new Set<unknown>()
  const passwords = { current_password: ADA.password, new_password: BOB.password }
  let isDone = false
  const changed = controlPlane.call('POST', PASSWORD, passwords, bearer(token)).finally(() => {
    isDone = true
  })
  while (!isDone) {
    counts.add(count.get()?.sessions)
    await setImmediate()
  }
  expect((await changed).status).toBe(200)
  expect([...counts]).toEqual([1])
  const next = (await changed).body.token
  expect(await list(controlPlane, next)).toMatchObject([{ current: true }])
})

test('of two concurrent changes of a password, the second is refused, as the first has ended its session', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const tokens = [await logIn(controlPlane), await logIn(controlPlane)]
  const wanted = ['first of two horses', 'second of two horses']
  const answers = await Promise.all(
    tokens.map((token, index) => {
      const passwords = { current_password: ADA.password, new_password: wanted[index] }
      return controlPlane.call('POST', PASSWORD, passwords, bearer(token))
    }),
  )
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401])
  const changed = answers.findIndex(({ status }) => status === 200)
  const next = answers[changed]?.body.token
  expect(await list(controlPlane, next)).toMatchObject([{ current: true }])
  await logIn(controlPlane, {}, { ...ADA, password: wanted[changed] ?? '' })
})

test('guesses of the current password are throttled like at the login', async () => {
  const few = { admin: ADA, logInFailures: { account: 3, address: 100 } }
  await using controlPlane = await runControlPlane(few)
  const token = await logIn(controlPlane)
  const guess = (current_password: string) =>
    controlPlane.call(
      'POST',
      PASSWORD,
      { current_password, new_password: 'quite another one' },
      bearer(token),
    )
  for (const wrong of ['a', 'b', 'c']) expect((await guess(wrong)).status).toBe(400)
  const held = await guess(ADA.password)
  expect([held.status, Number(held.headers.get('retry-after')) > 200]).toEqual([429, true])
  expect((await controlPlane.call('POST', SESSION, ADA, {})).status).toBe(429)
})

test('expired sessions are neither ended nor counted', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call, settings } = controlPlane
  const token = await logIn(controlPlane)
  await logIn(controlPlane)
  const other = (await list(controlPlane, token)).find(({ current }) => !current)
  const database = new DatabaseSync(settings.databaseFile)
  const expire = database.prepare('update sessions set expiresAt = ? where id = ?')
  expire.run(new Date(Date.now() - 1000).toISOString(), other?.id ?? '')
  database.close()
  const ended = await call('POST', `${SESSIONS}/end-others`, {}, bearer(token))
  expect(ended.body).toEqual({ ended: 0 })
  expect(await list(controlPlane, token)).toHaveLength(1)
})
