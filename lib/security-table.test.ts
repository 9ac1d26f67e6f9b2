import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
const rows = text.split('\n').filter((line) => /^\| \d+ \|/.test(line))

test('every promise in SECURITY.md has a number and names tests that exist', () => {
  const numbers = rows.map((row) => Number(row.split('|')[1]))
  expect(rows.length).toBeGreaterThanOrEqual(32)
  expect(numbers.toSorted((a, b) => a - b)).toEqual(rows.map((_, at) => at + 1))
  for (const row of rows) {
    const proof = row.split('|').at(-2) ?? ''
    const files = [...proof.matchAll(/`([^`]+)`/g)].map(([, file]) => file ?? '')
    expect([row.slice(0, 40), files.length > 0]).toEqual([row.slice(0, 40), true])
    for (const file of files) {
      expect([file, /\.(test|spec)\.ts$/.test(file), existsSync(join(ROOT, file))]).toEqual([
        ...[file, true, true],
      ])
      // Tests that always run: none is left out, and none leaves the others out.
      const content = readFileSync(join(ROOT, file), 'utf8')
      expect([file, /^\s*test(\.\w+\(.*\))*(\.\w+)?[(<]/m.test(content)]).toEqual([file, true])
      expect([file, content.match(/\b(test|it|describe)\.(only|skip|todo)\b/g)]).toEqual([
        file,
        null,
      ])
    }
  }
})

test('every other file that it names is there', () => {
  const named = [...text.matchAll(/`((?:lib|e2e|components)\/[^`]+)`/g)].map(
    ([, file]) => file ?? '',
  )
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
})
