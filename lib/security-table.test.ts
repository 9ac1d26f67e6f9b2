import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { titlesIn } from './testing/test-scan.ts'

const ROOT = join(import.meta.dirname, '..')
const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
const rows = text.split('\n').filter((line) => /^\| \d+ \|/.test(line))

/** A test file that proves a promise, by these tests or groups; by all of its tests if there are none. */
type Proof = { promise: number; file: string; titles: string[] }

/** Reads "`a.test.ts`, `b.test.ts`: "title", "title"" in the last column of a row. */
function proofsOf(row: string): Proof[] {
  const column = row.split('|').at(-2) ?? ''
  const entries = column.matchAll(/`([^`]+)`(: "[^"]+"(?:, "[^"]+")*)?/g)
  return [...entries].map(([, file = '', quoted = '']) => ({
    promise: Number(row.split('|')[1]),
    file,
    titles: [...quoted.matchAll(/"([^"]+)"/g)].map(([, title]) => title as string),
  }))
}

const PROOFS = rows.flatMap(proofsOf)

describe('SECURITY.md', () => {
  test('numbers every promise and names its tests', () => {
    const numbers = rows.map((row) => Number(row.split('|')[1]))
    expect(rows.length).toBeGreaterThanOrEqual(32)
    expect(numbers.toSorted((a, b) => a - b)).toEqual(rows.map((_, at) => at + 1))
    expect(rows.filter((row) => proofsOf(row).length === 0)).toEqual([])
  })

  test('names test files that exist and always run', () => {
    for (const { file } of PROOFS) {
      expect([file, /\.(test|spec)\.ts$/.test(file), existsSync(join(ROOT, file))]).toEqual([
        ...[file, true, true],
      ])
      const content = readFileSync(join(ROOT, file), 'utf8')
      expect([file, /^\s*test(\.\w+\(.*\))*(\.\w+)?[(<]/m.test(content)]).toEqual([file, true])
      expect([file, content.match(/\b(test|it|describe)\.(only|skip|todo)\b/g)]).toEqual([
        file,
        null,
      ])
    }
  })

  test('names tests that exist, by title where several promises share a file', () => {
    const missing = PROOFS.flatMap(({ promise, file, titles }) => {
      const all = titlesIn(file, readFileSync(join(ROOT, file), 'utf8'))
      const unknown = titles.filter((title) => !all.includes(title))
      return unknown.map((title) => `${promise}: ${file} has no "${title}"`)
    })
    expect(missing).toEqual([])
    const shared = PROOFS.filter(({ file, titles }) => {
      const promises = PROOFS.filter((other) => other.file === file)
      return titles.length === 0 && promises.length > 1
    })
    expect(shared.map(({ promise, file }) => `${promise}: ${file} has no title`)).toEqual([])
  })

  test('names only files that exist', () => {
    const named = [...text.matchAll(/`((?:lib|e2e|components)\/[^`]+)`/g)].map(
      ([, file]) => file ?? '',
    )
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })
})

test('a title is read', () => {
  expect(proofsOf('| 7 | what | `a.test.ts`, `b.test.ts`: "one, two", "three" |')).toEqual([
    { promise: 7, file: 'a.test.ts', titles: [] },
    { promise: 7, file: 'b.test.ts', titles: ['one, two', 'three'] },
  ])
})
