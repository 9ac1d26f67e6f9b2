import { describe, expect, test } from 'vitest'
import { OwnFailureCounts } from './failure-counts.ts'
import { type LoginAttempt, type PasswordLimits, PasswordThrottle } from './password-throttle.ts'

const ADA = 'ada@example.com'
const guesser = (changes: Partial<LoginAttempt> = {}): LoginAttempt => ({
  email: ADA,
  address: '192.0.2.1',
  device: null,
  ...changes,
})

const throttleOf = (limits: PasswordLimits) => new PasswordThrottle(limits, new OwnFailureCounts())

async function guessWrong(throttle: PasswordThrottle, who: LoginAttempt, times: number) {
  for (let guess = 0; guess < times; guess += 1) await throttle.begin(who)
}

describe('wrong passwords of an account', () => {
  test('throttle the network that they come from, and no other', async () => {
    const throttle = throttleOf({ account: 10, address: 30 })
    await guessWrong(throttle, guesser(), 9)
    expect(throttle.wait(guesser())).toBe(0)
    await guessWrong(throttle, guesser(), 1)
    expect(throttle.wait(guesser())).toBeGreaterThan(200)
    expect(throttle.wait(guesser({ address: '192.0.2.2' }))).toBe(0)
    expect(throttle.wait(guesser({ email: 'bob@example.com' }))).toBe(0)
  })

  test('from thousands of addresses throttle no address without failures', async () => {
    const throttle = throttleOf({ account: 10, address: 30 })
    for (let host = 0; host < 3000; host += 1) {
      await guessWrong(throttle, guesser({ address: `10.0.${host >> 8}.${host & 255}` }), 10)
    }
    expect(throttle.wait(guesser())).toBe(0)
  })

  test('of IPv6 count for the /64, in which one client can choose any address', async () => {
    const throttle = throttleOf({ account: 3, address: 30 })
    for (const host of [':1', ':b:c:d', 'ffff::']) {
      const address = `2001:db8:0:7:${host}`
      await guessWrong(throttle, guesser({ address }), 1)
    }
    expect(throttle.wait(guesser({ address: '2001:db8:0:7::9' }))).toBeGreaterThan(0)
    expect(throttle.wait(guesser({ address: '2001:db8:0:8::9' }))).toBe(0)
  })
})

test('a network that tries many accounts is throttled for all accounts', async () => {
  const throttle = throttleOf({ account: 10, address: 3 })
  for (const email of ['a', 'b', 'c']) await guessWrong(throttle, guesser({ email }), 1)
  expect(throttle.wait(guesser())).toBeGreaterThan(200)
})

test('only failures count', async () => {
  const throttle = throttleOf({ account: 2, address: 3 })
  for (let logIn = 0; logIn < 50; logIn += 1) {
    expect(throttle.wait(guesser())).toBe(0)
    await (await throttle.begin(guesser()))?.succeed()
    await (await throttle.begin(guesser()))?.abandon()
  }
})

test("a success resets the account's failures, but not those of other accounts", async () => {
  const throttle = throttleOf({ account: 2, address: 3 })
  await guessWrong(throttle, guesser({ email: 'bob@example.com' }), 1)
  await guessWrong(throttle, guesser(), 1)
  await (await throttle.begin(guesser()))?.succeed()
  await guessWrong(throttle, guesser(), 1)
  expect(throttle.wait(guesser())).toBeGreaterThan(0)
  expect(throttle.wait(guesser({ address: '192.0.2.2' }))).toBe(0)
})

describe('a device that has logged in before', () => {
  test('is not throttled by failures of others in its network', async () => {
    const throttle = throttleOf({ account: 3, address: 5 })
    await guessWrong(throttle, guesser(), 3)
    await guessWrong(throttle, guesser({ email: 'bob@example.com' }), 3)
    expect(throttle.wait(guesser())).toBeGreaterThan(0)
    expect(throttle.wait(guesser({ device: 'laptop' }))).toBe(0)
  })

  test('has a limit of its own, and after it the limit of its network', async () => {
    const throttle = throttleOf({ account: 3, address: 30 })
    const laptop = guesser({ device: 'laptop' })
    await guessWrong(throttle, laptop, 3)
    expect(throttle.wait(guesser())).toBe(0)
    expect(throttle.wait(laptop)).toBe(0)
    await guessWrong(throttle, laptop, 3)
    expect(throttle.wait(laptop)).toBeGreaterThan(0)
    expect(throttle.wait(guesser())).toBeGreaterThan(0)
  })
})
