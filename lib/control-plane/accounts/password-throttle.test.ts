import { describe, expect, test } from 'vitest'
import { type LoginAttempt, PasswordThrottle } from './password-throttle.ts'

const ADA = 'ada@example.com'
const guesser = (changes: Partial<LoginAttempt> = {}): LoginAttempt => ({
  email: ADA,
  address: '192.0.2.1',
  device: null,
  ...changes,
})

function guessWrong(throttle: PasswordThrottle, who: LoginAttempt, times: number): void {
  for (let guess = 0; guess < times; guess += 1) throttle.begin(who)
}

describe('wrong passwords of an account', () => {
  test('throttle the network that they come from, and no other', () => {
    const throttle = new PasswordThrottle({ account: 10, address: 30 })
    guessWrong(throttle, guesser(), 9)
    expect(throttle.wait(guesser())).toBe(0)
    guessWrong(throttle, guesser(), 1)
    expect(throttle.wait(guesser())).toBeGreaterThan(200)
    expect(throttle.wait(guesser({ address: '192.0.2.2' }))).toBe(0)
    expect(throttle.wait(guesser({ email: 'bob@example.com' }))).toBe(0)
  })

  test('from thousands of addresses throttle no address without failures', () => {
    const throttle = new PasswordThrottle({ account: 10, address: 30 })
    for (let host = 0; host < 3000; host += 1) {
      guessWrong(throttle, guesser({ address: `10.0.${host >> 8}.${host & 255}` }), 10)
    }
    expect(throttle.wait(guesser())).toBe(0)
  })

  test('of IPv6 count for the /64, in which one client can choose any address', () => {
    const throttle = new PasswordThrottle({ account: 3, address: 30 })
    for (const host of [':1', ':b:c:d', 'ffff::']) {
      const address = `2001:db8:0:7:${host}`
      guessWrong(throttle, guesser({ address }), 1)
    }
    expect(throttle.wait(guesser({ address: '2001:db8:0:7::9' }))).toBeGreaterThan(0)
    expect(throttle.wait(guesser({ address: '2001:db8:0:8::9' }))).toBe(0)
  })
})

test('a network that tries many accounts is throttled for all accounts', () => {
  const throttle = new PasswordThrottle({ account: 10, address: 3 })
  for (const email of ['a', 'b', 'c']) guessWrong(throttle, guesser({ email }), 1)
  expect(throttle.wait(guesser())).toBeGreaterThan(200)
})

test('only failures count', () => {
  const throttle = new PasswordThrottle({ account: 2, address: 3 })
  for (let logIn = 0; logIn < 50; logIn += 1) {
    expect(throttle.wait(guesser())).toBe(0)
    throttle.begin(guesser()).succeed()
    throttle.begin(guesser()).abandon()
  }
})

test("a success resets the account's failures, but not those of other accounts", () => {
  const throttle = new PasswordThrottle({ account: 2, address: 3 })
  guessWrong(throttle, guesser({ email: 'bob@example.com' }), 1)
  guessWrong(throttle, guesser(), 1)
  throttle.begin(guesser()).succeed()
  guessWrong(throttle, guesser(), 1)
  expect(throttle.wait(guesser())).toBeGreaterThan(0)
  expect(throttle.wait(guesser({ address: '192.0.2.2' }))).toBe(0)
})

describe('a device that has logged in before', () => {
  test('is not throttled by failures of others in its network', () => {
    const throttle = new PasswordThrottle({ account: 3, address: 5 })
    guessWrong(throttle, guesser(), 3)
    guessWrong(throttle, guesser({ email: 'bob@example.com' }), 3)
    expect(throttle.wait(guesser())).toBeGreaterThan(0)
    expect(throttle.wait(guesser({ device: 'laptop' }))).toBe(0)
  })

  test('has a limit of its own, and after it the limit of its network', () => {
    const throttle = new PasswordThrottle({ account: 3, address: 30 })
    const laptop = guesser({ device: 'laptop' })
    guessWrong(throttle, laptop, 3)
    expect(throttle.wait(guesser())).toBe(0)
    expect(throttle.wait(laptop)).toBe(0)
    guessWrong(throttle, laptop, 3)
    expect(throttle.wait(laptop)).toBeGreaterThan(0)
    expect(throttle.wait(guesser())).toBeGreaterThan(0)
  })
})
