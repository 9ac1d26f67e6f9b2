import { expect, test, vi } from 'vitest'
import { type Flood, FloodFilter, KINDS_MAX, LINES_PER_KIND } from './flood-filter.ts'
import { truncateLongWords, truncatePath } from './truncate-text.ts'

test('the first lines of a kind are written, and one line with the number of the others', () => {
  const floods: Flood<number>[] = []
  const filter = new FloodFilter<number>((flood) => floods.push(flood))
  const written = Array.from({ length: 500 }, (_, n) => n).filter((n) => filter.admits('a', n))
  expect(written).toEqual(Array.from({ length: LINES_PER_KIND }, (_, n) => n))
  expect(filter.admits('b', -1)).toBe(true)
  filter.flush()
  expect(floods).toEqual([{ line: 499, count: 500 - LINES_PER_KIND }])
  expect(filter.admits('a', 0)).toBe(true)
  filter.flush()
  expect(floods).toHaveLength(1)
})

test('suppressed lines are reported at the end of the window', async () => {
  const floods: Flood<number>[] = []
  const filter = new FloodFilter<number>((flood) => floods.push(flood), 20)
  for (let n = 0; n <= LINES_PER_KIND; n += 1) filter.admits('a', n)
  await vi.waitFor(() => expect(floods).toEqual([{ line: LINES_PER_KIND, count: 1 }]))
})

test('kinds beyond the limit share one count', () => {
  const floods: Flood<number>[] = []
  const filter = new FloodFilter<number>((flood) => floods.push(flood))
  const count = 10_000
  const written = Array.from({ length: count }, (_, n) => n).filter((n) => filter.admits(`${n}`, n))
  expect(written).toHaveLength(KINDS_MAX + LINES_PER_KIND)
  filter.flush()
  expect(floods).toEqual([{ line: count - 1, count: count - KINDS_MAX - LINES_PER_KIND }])
})

test('paths and long words are truncated to 200 characters', () => {
  expect(truncatePath(`/${'a'.repeat(199)}`)).toBe(`/${'a'.repeat(199)}`)
  expect(truncatePath(`/${'a'.repeat(16_000)}`)).toBe(`/${'a'.repeat(199)}…`)
  expect(truncateLongWords(`GET /${'a'.repeat(16_000)} failed\n at b`)).toBe(
    `GET /${'a'.repeat(199)}… failed\n at b`,
  )
})
