import { describe, expect, test } from 'vitest'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { Authority } from '../authority/authority.ts'
import type { Store } from '../store/store.ts'
import { Accounts } from './accounts.ts'
import { verifyPassword } from './password-hash.ts'
import { secretHash } from './secret-token.ts'
import { SetupLink } from './setup-link.ts'

const HOUR = 3_600_000
const ADA = { email: 'ada@example.com', password: 'correct horse' }

async function makeAccounts() {
  const store = await openTestStore()
  const accounts = new Accounts(store, 'a secret that is long enough for this')
  return { store, accounts, [Symbol.asyncDispose]: () => store.close() }
}

test('concurrent requests create one first account', async () => {
  await using made = await makeAccounts()
  expect(await made.accounts.exist()).toBe(false)
  const asked = ['a', 'b', 'c'].map((name) =>
    made.accounts.createFirst({ email: `${name}@example.com`, password: 'correct horse' }),
  )
  const created = (await Promise.all(asked)).filter((account) => account !== null)
  expect(created).toMatchObject([{ role: 'owner', name: created[0]?.email }])
  const rows = await made.store.reader.selectFrom('users').select(['id', 'email']).execute()
  expect(rows).toMatchObject([{ id: created[0]?.id, email: created[0]?.email }])
})

test('a session ends after 12 idle hours, and after 7 days in any case', async () => {
  await using made = await makeAccounts()
  const { accounts } = made
  await accounts.createFirst({ ...ADA, name: 'Ada' })
  const idle = await accounts.logIn(ADA.email, ADA.password)
  const used = await accounts.logIn(ADA.email, ADA.password)
  if (!idle || !used) throw new Error('The log-in failed')
  expect(used.token).not.toBe(idle.token)
  expect(idle.token.length).toBeGreaterThanOrEqual(32)
  const start = Date.now()
  expect((await accounts.current(idle.token, start + 11 * HOUR))?.account.name).toBe('Ada')

  for (let hours = 8; hours < 7 * 24; hours += 8) {
    expect([hours, await accounts.current(used.token, start + hours * HOUR)]).toMatchObject([
      hours,
      { account: { email: ADA.email } },
    ])
  }
  expect(await accounts.current(idle.token, start + 24 * HOUR)).toBeNull()
  expect(await accounts.current(used.token, start + 7 * 24 * HOUR + HOUR)).toBeNull()
  // Ended sessions are deleted.
  expect(await accounts.current(used.token)).toBeNull()
})

test('setting the clock back neither ends nor prolongs a session', async () => {
  await using made = await makeAccounts()
  const { accounts } = made
  await accounts.createFirst(ADA)
  const session = await accounts.logIn(ADA.email, ADA.password)
  if (!session) throw new Error('The log-in failed')
  const past = Date.now() - 1000 * HOUR
  const { expires_at = '' } = (await accounts.current(session.token, past)) ?? {}
  expect(Date.parse(expires_at)).toBe(past + 12 * HOUR)
  for (let hours = 8; hours < 7 * 24; hours += 8) {
    expect(await accounts.current(session.token, past + hours * HOUR)).not.toBeNull()
  }
  expect(await accounts.current(session.token, past + 7 * 24 * HOUR)).toBeNull()
})

test('an unknown email is not distinguishable from a wrong password', async () => {
  await using made = await makeAccounts()
  await made.accounts.createFirst(ADA)
  expect(await made.accounts.logIn(ADA.email, 'wrong horse')).toBeNull()
  expect(await made.accounts.logIn('bob@example.com', ADA.password)).toBeNull()
  expect(await made.accounts.logIn(ADA.email, 'x'.repeat(1000))).toBeNull()
  expect(await made.accounts.logIn('ADA@EXAMPLE.COM', ADA.password)).not.toBeNull()
})

test('a set-up link is valid at each control plane of the installation, until the end of the next day', () => {
  const secret = 'the secret of an installation'
  const token = new SetupLink(secret).token(10 * HOUR)
  const link = new SetupLink(secret)
  expect(link.accepts(token, 10 * HOUR)).toBe(true)
  expect(link.accepts(token, 47 * HOUR)).toBe(true)
  expect(link.accepts(token, 48 * HOUR)).toBe(false)
  expect(link.accepts(`${token}x`, 10 * HOUR)).toBe(false)
  // The clock of the control plane that made it is ahead.
  expect(new SetupLink(secret).accepts(link.token(25 * HOUR), 23 * HOUR)).toBe(true)
  expect(new SetupLink('another').accepts(token, 10 * HOUR)).toBe(false)
})

describe('a slow password check opens no session if meanwhile', () => {
  const change = {
    'was disabled': (store: Store) =>
      store.transaction(Authority.system, (writer) =>
        writer.updateTable('users').set({ disabled: 1 }).execute(),
      ),
    'was removed': (store: Store) =>
      store.transaction(Authority.system, (writer) => writer.deleteFrom('users').execute()),
    'got another password': (store: Store) =>
      store.transaction(Authority.system, (writer) =>
        writer.updateTable('credentials').set({ password: 'another' }).execute(),
      ),
  }

  test.each(Object.entries(change))('%s: login', async (_name, revoke) => {
    await using made = await makeAccounts()
    const { accounts, store } = made
    await accounts.createFirst(ADA)
    const loggingIn = accounts.logIn(ADA.email, ADA.password)
    // The one connection runs statements in order, so the login has read the hash by now.
    await revoke(store)
    expect(await loggingIn).toBeNull()
    expect(await store.reader.selectFrom('sessions').selectAll().execute()).toEqual([])
  })

  test.each(Object.entries(change))('%s: new password', async (_name, revoke) => {
    await using made = await makeAccounts()
    const { accounts, store } = made
    await accounts.createFirst(ADA)
    const session = await accounts.logIn(ADA.email, ADA.password)
    if (!session) throw new Error('The log-in failed')
    const credential = { kind: 'session', hash: secretHash(session.token) } as const
    const authority = Authority.ofCaller(credential, 'read', 'account')
    const passwords = { current: ADA.password, next: 'another horse' }
    const visitor = { address: null, userAgent: null }
    const changing = accounts.changePassword(authority, session.account, passwords, visitor)
    const settled = Promise.allSettled([changing])
    await revoke(store)
    const [outcome] = await settled
    expect(outcome.status === 'fulfilled' ? outcome.value : outcome.reason.status).toBeOneOf([
      null,
      401,
    ])
    const hashes = await store.reader.selectFrom('credentials').select('password').execute()
    for (const { password } of hashes) {
      expect(await verifyPassword({ hash: password ?? '', password: 'another horse' })).toBe(false)
    }
  })
})
