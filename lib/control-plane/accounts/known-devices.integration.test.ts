import { describe, expect, test } from 'vitest'
import {
  BFF_SECRET,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const BOB = { email: 'bob@example.com', role: 'editor' }
const PASSWORD = 'another staple horse'
const SESSION = '/fairlead/v1/session'
const ACCOUNTS = '/fairlead/v1/accounts'
const DEVICE = 'x-fairlead-device'

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const FEW = { admin: ADA, logInFailures: { account: 3, address: 100 } }
/** A network that several people share, as in an office. */
const SHARED = { 'X-Fairlead-Client-Ip': '203.0.113.7', 'X-Fairlead-Bff-Secret': BFF_SECRET }

async function logIn({ call }: RunningControlPlane, input: object, device: string | null = null) {
  const shown: Record<string, string> = device === null ? {} : { [DEVICE]: device }
  const { status, headers, body } = await call('POST', SESSION, input, { ...SHARED, ...shown })
  return { status, device: headers.get(DEVICE), token: body.token as string }
}

/** Guesses passwords from the network until its logins are throttled. */
async function holdOff(controlPlane: RunningControlPlane, email: string): Promise<void> {
  for (const status of [401, 401, 401, 429]) {
    expect((await logIn(controlPlane, { email, password: 'wrong horse' })).status).toBe(status)
  }
}

describe('a device that has logged in before', () => {
  test('can log in to its own account while its network is throttled; other devices and accounts are not exempt', async () => {
    await using controlPlane = await runControlPlane(FEW)
    const { device, token } = await logIn(controlPlane, ADA)
    expect(device).toMatch(/^[\w.-]{16,256}$/)
    const invited = await controlPlane.call('POST', ACCOUNTS, BOB, bearer(token))
    const input = { token: invited.body.link.token, password: PASSWORD }
    const accepted = await controlPlane.call('POST', '/fairlead/v1/invitation/accept', input, {})
    const bobs = accepted.headers.get(DEVICE)
    await holdOff(controlPlane, ADA.email)
    const parts = (device ?? '').split('.')
    const forged = [
      bobs,
      'nonsense',
      [parts[0], parts[1], Date.now(), parts[3]].join('.'),
      [parts[0], 'A'.repeat(22), parts[2], parts[3]].join('.'),
      [...parts.slice(0, 3), 'A'.repeat(43)].join('.'),
    ]
    for (const other of forged) expect((await logIn(controlPlane, ADA, other)).status).toBe(429)
    const again = await logIn(controlPlane, ADA, device)
    expect([again.status, again.device === device]).toEqual([200, false])
    expect((await logIn(controlPlane, ADA, device)).status).toBe(200)
    expect((await logIn(controlPlane, ADA, again.device)).status).toBe(200)
  })

  test('has no more failed attempts than other devices', async () => {
    await using controlPlane = await runControlPlane(FEW)
    const { device } = await logIn(controlPlane, ADA)
    const statuses: number[] = []
    for (let guess = 0; guess < 8; guess += 1) {
      const wrong = { ...ADA, password: `guess ${guess}` }
      statuses.push((await logIn(controlPlane, wrong, device)).status)
    }
    // Three attempts as a known device, and three as a device of its network.
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429, 429])
  })

  test('is unknown after a new password', async () => {
    await using controlPlane = await runControlPlane(FEW)
    const { device, token } = await logIn(controlPlane, ADA)
    const passwords = { current_password: ADA.password, new_password: PASSWORD }
    const path = '/fairlead/v1/account/password'
    const changed = await controlPlane.call('POST', path, passwords, {
      ...bearer(token),
      ...SHARED,
    })
    const renewed = changed.headers.get(DEVICE)
    await holdOff(controlPlane, ADA.email)
    const input = { ...ADA, password: PASSWORD }
    expect((await logIn(controlPlane, input, device)).status).toBe(429)
    expect((await logIn(controlPlane, input, renewed)).status).toBe(200)
  })
})
