import { expect, test } from 'vitest'
import { GatheredBytes } from './gathered-bytes.ts'

test('bytes are concatenated in order, whatever the size of the chunks', () => {
  const whole = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251)
  for (const size of [1, 7, 4096, 65_536, 100_000]) {
    const gathered = new GatheredBytes(100_000)
    for (let at = 0; at < whole.length; at += size) {
      expect(gathered.add(whole.subarray(at, at + size))).toBe(true)
    }
    expect(Buffer.compare(gathered.bytes, whole)).toBe(0)
  }
})

test('a chunk over the limit is refused', () => {
  const gathered = new GatheredBytes(10)
  expect(gathered.add(new Uint8Array(10).fill(1))).toBe(true)
  expect(gathered.add(new Uint8Array(1))).toBe(false)
  expect(gathered.bytes).toEqual(new Uint8Array(10).fill(1))
  expect(new GatheredBytes(0).bytes.byteLength).toBe(0)
})
