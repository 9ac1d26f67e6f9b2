import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Directories whose files import each other in one direction only, types included. */
const DIRECTORIES = ['lib', 'components', 'app', 'e2e']

type Imports = ReadonlyMap<string, readonly string[]>

function importsOf(file: string): string[] {
  const pattern = /\b(?:from|import)\s*\(?\s*['"]([#.][^'"\n]+)['"]/g
  return [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, specifier = '']) =>
    specifier.startsWith('#') ? specifier.slice(1) : normalize(join(dirname(file), specifier)),
  )
}

/** The shortest chain of imports from a file back to itself; null if there is none. */
function cycleOf(start: string, imports: Imports): string[] | null {
  const chains = [[start]]
  const seen = new Set<string>()
  for (const chain of chains) {
    for (const next of imports.get(chain.at(-1) ?? '') ?? []) {
      if (next === start) return [...chain, next]
      if (seen.has(next)) continue
      seen.add(next)
      chains.push([...chain, next])
    }
  }
  return null
}

describe('import cycles', () => {
  test('are nowhere in the sources', () => {
    const files = globSync(`{${DIRECTORIES.join()}}/**/*.{ts,tsx}`)
    expect(files.length).toBeGreaterThan(1000)
    const imports = new Map(files.map((file) => [file, importsOf(file)]))
    expect(files.flatMap((file) => cycleOf(file, imports)?.join(' → ') ?? [])).toEqual([])
  })

  test('a cycle is found', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['b']],
    ])
    expect(cycleOf('b', imports)).toEqual(['b', 'c', 'b'])
    expect(cycleOf('a', imports)).toBeNull()
  })
})
