import { expect, test } from 'vitest'
import { GONE_MS, Silence } from './silence.ts'

const row = (msAgo: number) => ({
  id: 'one',
  last_seen_at: new Date(Date.now() - msAgo).toISOString(),
})

test('a control plane that renews its row is there, whatever its clock says', () => {
  let now = 0
  const silence = new Silence(() => now)
  silence.note([row(600_000)])
  now += 5000
  const renewed = row(595_000)
  silence.note([renewed])
  expect(silence.isGone(renewed)).toBe(false)
})

test('a control plane that does not renew its row is gone after 15 s', () => {
  let now = 0
  const silence = new Silence(() => now)
  const last = row(0)
  silence.note([last])
  now += GONE_MS - 1
  silence.note([last])
  expect(silence.isGone(last)).toBe(false)
  now += 1
  silence.note([last])
  expect(silence.isGone(last)).toBe(true)
})

test('one that ended before this process started is gone at once', () => {
  const silence = new Silence(() => 0)
  const last = row(3_600_000)
  silence.note([last])
  expect(silence.isGone(last)).toBe(true)
})
