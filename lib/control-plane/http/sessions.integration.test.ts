import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import {
  BFF_SECRET,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse' }
const SESSION = '/fairlead/v1/session'
const SETUP = '/fairlead/v1/setup'
const LBS = '/lb/v1/regions/fr-par/lbs'
const FEW = { admin: ADA, logInFailures: { account: 2, address: 3 } }
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

describe('first account', () => {
  test('is created once, with the set-up link that the supervisor gets', async () => {
    await using controlPlane = await runControlPlane()
    const { call, supervisorMessages } = controlPlane
    const needed = supervisorMessages.find((message) => message.type === 'setup_needed')
    const token = needed?.token ?? ''
    expect((await call('GET', SETUP, undefined, {})).body).toEqual({ needed: true })
    for (const [input, status] of [
      [{ ...ADA, token: 'another' }, 412],
      [{ ...ADA, token, password: 'short' }, 400],
      [{ ...ADA, token, password: 'password123' }, 400],
      [{ ...ADA, token, email: 'ada' }, 400],
    ] as const) {
      expect((await call('POST', SETUP, input, {})).status).toBe(status)
    }
    const made = await call('POST', SETUP, { ...ADA, token, name: 'Ada' }, {})
    expect(made.status).toBe(200)
    expect(made.body.account).toMatchObject({ email: ADA.email, name: 'Ada' })
    expect((await call('GET', LBS, undefined, bearer(made.body.token))).status).toBe(200)
    expect((await call('GET', SETUP, undefined, {})).body).toEqual({ needed: false })
    const again = await call('POST', SETUP, { ...ADA, token, email: 'bob@example.com' }, {})
    expect([again.status, again.body.precondition]).toEqual([412, 'first_account'])
  })

  test('from the settings needs no link', async () => {
    await using controlPlane = await runControlPlane({ admin: ADA })
    expect(controlPlane.supervisorMessages.map(({ type }) => type)).not.toContain('setup_needed')
    expect((await controlPlane.call('POST', SESSION, ADA, {})).status).toBe(200)
  })
})

describe('session', () => {
  test('is opened, shown, used and ended', async () => {
    await using controlPlane = await runControlPlane({ admin: ADA })
    const { call } = controlPlane
    const opened = await call('POST', SESSION, ADA, {})
    expect(opened.body).toEqual({
      token: expect.stringMatching(/^\S{32,}$/),
      expires_at: expect.any(String),
      account: { id: expect.any(String), email: ADA.email, name: ADA.email, role: 'owner' },
    })
    const { token, ...session } = opened.body
    expect((await call('GET', SESSION, undefined, bearer(token))).body).toEqual(session)
    const lb = (await call('POST', LBS, { name: 'x' }, bearer(token))).body
    const { changes } = (await call('GET', `/fairlead/v1/lbs/${lb.id}/changes`)).body
    expect(changes[0].actor).toMatchObject({ kind: 'account', name: ADA.email })

    expect((await call('DELETE', SESSION, undefined, bearer(token))).status).toBe(204)
    for (const path of [SESSION, LBS]) {
      const after = await call('GET', path, undefined, bearer(token))
      expect([after.status, after.body.method]).toEqual([401, 'session'])
    }
  })

  test('a wrong password and an unknown account get the same response', async () => {
    await using controlPlane = await runControlPlane({ admin: ADA })
    const attempt = async (input: object) => {
      const start = performance.now()
      const { status, body } = await controlPlane.call('POST', SESSION, input, {})
      return { status, body, ms: performance.now() - start }
    }
    const fastest = async (input: object) => {
      const attempts = [await attempt(input), await attempt(input), await attempt(input)]
      return attempts.toSorted((a, b) => a.ms - b.ms)[0] as (typeof attempts)[0]
    }
    const wrong = await fastest({ ...ADA, password: 'wrong horse' })
    const unknown = await fastest({ ...ADA, email: 'bob@example.com' })
    expect(wrong.status).toBe(401)
    expect(unknown).toMatchObject({ status: wrong.status, body: wrong.body })
    // Both take the time of a hash, which is much longer than a look-up.
    expect(Math.min(wrong.ms, unknown.ms)).toBeGreaterThan(Math.max(wrong.ms, unknown.ms) / 4)
  })

  test('guesses are throttled by their true address, whatever address they claim', async () => {
    await using controlPlane = await runControlPlane(FEW)
    const guess = (i: number) => {
      const headers = { 'X-Forwarded-For': `10.0.0.${i}`, 'X-Fairlead-Client-Ip': `10.0.0.${i}` }
      return controlPlane.call('POST', SESSION, { ...ADA, password: `guess ${i}` }, headers)
    }
    const guesses = await Promise.all(Array.from({ length: 4 }, (_, i) => guess(i)))
    const statuses = guesses.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([...Array(2).fill(401), 429, 429])
    const held = await controlPlane.call('POST', SESSION, ADA, {})
    expect([held.status, held.body.type]).toEqual([429, 'too_many_requests'])
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(200)
  })

  test("wrong passwords from elsewhere don't lock an owner out, and correct ones don't count", async () => {
    await using controlPlane = await runControlPlane(FEW)
    const from = (address: string) => ({
      'X-Fairlead-Client-Ip': address,
      'X-Fairlead-Bff-Secret': BFF_SECRET,
    })
    const wrong = { ...ADA, password: 'wrong horse' }
    for (const status of [401, 401, 429]) {
      expect((await controlPlane.call('POST', SESSION, wrong, from('198.51.100.9'))).status).toBe(
        status,
      )
    }
    expect((await controlPlane.call('POST', SESSION, ADA, from('198.51.100.9'))).status).toBe(429)
    for (let times = 0; times < 5; times += 1) {
      expect((await controlPlane.call('POST', SESSION, ADA, from('203.0.113.7'))).status).toBe(200)
    }
    for (const [host, status] of [
      [1, 401],
      [2, 401],
      [3, 429],
    ]) {
      const address = `2001:db8:0:7:${host}::1`
      expect((await controlPlane.call('POST', SESSION, wrong, from(address))).status).toBe(status)
    }
    expect((await controlPlane.call('POST', SESSION, ADA, from('2001:db8:0:8::1'))).status).toBe(
      200,
    )
  })

  test('guesses are throttled by address, which only the console can forward', async () => {
    await using controlPlane = await runControlPlane(FEW)
    const guess = (i: number, headers: Record<string, string>) => {
      const input = { email: `user${i}@example.com`, password: 'x' }
      return controlPlane.call('POST', SESSION, input, headers)
    }
    const named = { 'X-Fairlead-Client-Ip': '10.0.0.1' }
    const console = { ...named, 'X-Fairlead-Bff-Secret': BFF_SECRET }
    await Promise.all(Array.from({ length: 3 }, (_, i) => guess(i, console)))
    expect((await guess(5, console)).status).toBe(429)
    expect((await guess(6, { ...console, 'X-Fairlead-Client-Ip': '10.0.0.2' })).status).toBe(401)
    expect((await guess(7, named)).status).toBe(401)
  })
})

test('at most eight passwords are checked at once; further logins get Retry-After', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  // The first login loads the hash library.
  expect((await controlPlane.call('POST', SESSION, ADA, {})).status).toBe(200)
  const attempts = Array.from({ length: 200 }, (_, host) => {
    const headers = {
      'X-Fairlead-Client-Ip': `203.0.113.${host}`,
      'X-Fairlead-Bff-Secret': BFF_SECRET,
    }
    const input = { email: `user${host % 100}@example.com`, password: 'wrong horse' }
    return controlPlane.call('POST', SESSION, input, headers)
  })
  const answers = await Promise.all(attempts)
  const checked = answers.filter(({ status }) => status === 401)
  const refused = answers.filter(({ status }) => status === 503)
  expect(checked.length + refused.length).toBe(200)
  expect(checked.length).toBeGreaterThanOrEqual(8)
  // Some end while others still arrive, but no queue of hashes grows.
  expect(refused.length).toBeGreaterThan(100)
  expect(refused[0]?.headers.get('retry-after')).toBe('2')
  expect(refused[0]?.body).toMatchObject({
    type: 'unavailable',
    message: expect.stringMatching(/^Too many logins/),
  })
  expect((await controlPlane.call('POST', SESSION, ADA, {})).status).toBe(200)
})

test('neither passwords nor secret keys are in the database', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const database = new DatabaseSync(controlPlane.settings.databaseFile, { readOnly: true })
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
  const content = tables.map(({ name }) =>
    JSON.stringify(database.prepare(`select * from "${name}"`).all()),
  )
  database.close()
  const text = content.join('\n')
  expect(text).toContain('SCWTESTTESTTESTTEST1')
  expect(text).toContain('$argon2id$')
  expect(text).not.toContain(SECRET_KEY)
  expect(text).not.toContain(ADA.password)
})
