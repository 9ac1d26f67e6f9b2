import { expect, test } from 'vitest'
import { Throttle } from './throttle.ts'

test('a key with too many failures waits until its window ends', () => {
  let now = 0
  const throttle = new Throttle(3, () => now)
  for (let i = 0; i < 3; i++) {
    expect(throttle.wait('ada')).toBe(0)
    throttle.count('ada')
  }
  expect(throttle.wait('ada')).toBe(300)
  expect(throttle.wait('bob')).toBe(0)
  now = 299_000
  expect(throttle.wait('ada')).toBe(1)
  now = 300_000
  expect(throttle.wait('ada')).toBe(0)
  throttle.count('ada')
  expect(throttle.wait('ada')).toBe(0)
})

test('a success resets the failures', () => {
  const throttle = new Throttle(1)
  throttle.count('ada')
  throttle.forgive('ada')
  expect(throttle.wait('ada')).toBe(0)
})

test('an attempt that did not fail is not counted, and the others are', () => {
  const throttle = new Throttle(2)
  throttle.count('ada')
  throttle.count('ada')
  expect(throttle.wait('ada')).toBeGreaterThan(0)
  throttle.uncount('ada')
  expect(throttle.wait('ada')).toBe(0)
  throttle.count('ada')
  expect(throttle.wait('ada')).toBeGreaterThan(0)
  throttle.uncount('bob')
  expect(throttle.wait('bob')).toBe(0)
})

test("a throttled key can't be evicted by keys with fewer failures", () => {
  const throttle = new Throttle(3)
  for (let failures = 0; failures < 3; failures += 1) throttle.count('attacker')
  throttle.count('twice')
  throttle.count('twice')
  for (let key = 0; key < 20_000; key += 1) throttle.count(`spray ${key}`)
  expect(throttle.wait('attacker')).toBeGreaterThan(0)
  throttle.count('twice')
  expect(throttle.wait('twice')).toBeGreaterThan(0)
})

test('a bounded number of keys is remembered, the newest', () => {
  const throttle = new Throttle(1)
  for (let i = 0; i <= 10_000; i++) throttle.count(`key ${i}`)
  expect(throttle.wait('key 0')).toBe(0)
  expect(throttle.wait('key 1')).toBeGreaterThan(0)
  expect(throttle.wait('key 10000')).toBeGreaterThan(0)
})
