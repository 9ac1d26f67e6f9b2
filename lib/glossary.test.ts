import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** Words that the glossary's terms replaced. They stay out of the names of files and exported symbols. */
const RETIRED = ['tally', 'grain', 'lapse', 'turns', 'news', 'estate', 'told', 'reach']

const FILES = execFileSync('git', ['ls-files', 'app', 'components', 'lib'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.tsx?$/.test(file) && existsSync(file))

/** The words of a name in any case: `CounterBaselines` → counter, baselines; `SLICE_MS` → slice, ms. */
function words(name: string): string[] {
  return (name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase())
}

function exportedNames(source: string): string[] {
  const pattern =
    /^export (?:default )?(?:abstract )?(?:async )?(?:function\*?|class|const|type|interface) (\w+)/gm
  return [...source.matchAll(pattern)].map((match) => match[1] as string)
}

function retiredNames(file: string, source: string): string[] {
  const names = [file.replace(/^.*\/|\.tsx?$/g, ''), ...exportedNames(source)]
  return names.filter((name) => words(name).some((word) => RETIRED.includes(word)))
}

describe('the glossary', () => {
  const section =
    /^## Glossary\n(.*?)^## /ms.exec(readFileSync('ARCHITECTURE.md', 'utf8'))?.[1] ?? ''
  const terms = [...section.matchAll(/^\| (?!term |---)([^|]+) \|/gm)].map((match) => match[1])

  test('has at most 60 terms, each once', () => {
    expect(terms).toContain('generation')
    expect(terms.length).toBeLessThanOrEqual(60)
    expect(new Set(terms).size).toBe(terms.length)
  })

  test('keeps the words that it replaced out of names', () => {
    const found = FILES.flatMap((file) =>
      retiredNames(file, readFileSync(file, 'utf8')).map((name) => `${file}: ${name}`),
    )
    expect(found).toEqual([])
  })

  test('a retired word is found', () => {
    expect(retiredNames('lib/x/tally-codec.ts', 'export const A_TALLY = 1')).toEqual([
      'tally-codec',
      'A_TALLY',
    ])
    expect(retiredNames('lib/x/entry.ts', 'export class Entry {}')).toEqual([])
  })
})
