import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { Authority } from '../authority/authority.ts'
import type { Store } from '../store/store.ts'
import { KnownDevices } from './known-devices.ts'

const DAY_MS = 86_400_000
const EMAIL = 'ada@example.com'
let store: Store

beforeAll(async () => {
  store = await openTestStore()
  const at = new Date().toISOString()
  const times = { createdAt: at, updatedAt: at }
  await store.transaction(Authority.system, async (writer) => {
    const own = { name: 'Ada', role: 'owner', disabled: 0, last_login_at: null } as const
    const user = { id: 'ada', email: EMAIL, emailVerified: 0, ...own, ...times }
    await writer.insertInto('users').values(user).execute()
    const ids = { id: 'c', userId: 'ada', accountId: 'ada', providerId: 'credential' }
    await writer
      .insertInto('credentials')
      .values({ ...ids, password: 'a hash', ...times })
      .execute()
  })
})
afterAll(() => store.close())

test('a device is known for 180 days, only to this installation', async () => {
  const devices = new KnownDevices(store.reader, 'secret')
  const now = Date.now()
  const token = await devices.issue('ada', now)
  const known = await devices.find(EMAIL, token, now + 180 * DAY_MS)
  expect(known).toMatch(/^[\w-]{22}$/)
  expect(await devices.find(EMAIL, token, now + 181 * DAY_MS)).toBeNull()
  // It stays known if the clock is set back.
  expect(await devices.find(EMAIL, token, now - DAY_MS)).toBe(known)
  expect(await new KnownDevices(store.reader, 'another').find(EMAIL, token, now)).toBeNull()
  expect(await devices.find('bob@example.com', token, now)).toBeNull()
  expect(await devices.find(EMAIL, undefined, now)).toBeNull()
})
