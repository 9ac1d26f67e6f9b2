import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import { compilePathPattern, PathPatternError } from '#lib/core/path-pattern.ts'
import { PathMatcher } from './path-matcher.ts'
import { MatchSuspended, type ResumableMatch } from './resumable-match.ts'
import { MatchLimitError, REQUEST_STEPS_MAX, StepBudget } from './step-budget.ts'

/** The longest path of a request. */
const PATH_MAX = 8192
const AMPLE = 1e12

function matcherOf(...patterns: string[]): PathMatcher {
  const compiled = patterns.map(compilePathPattern)
  return new PathMatcher(
    compiled,
    compiled.reduce((sum, one) => sum + one.steps(), 0),
  )
}

/** Whether a path matches, and the steps taken. */
function runMatch(matcher: PathMatcher, path: string): { matches: boolean; steps: number } {
  const budget = new StepBudget(AMPLE)
  const matches = matcher.test(path, budget)
  return { matches, steps: AMPLE - budget.left }
}

/** A pseudo-random sequence of an alphabet's letters. */
function mixed(length: number, alphabet = 'ab', seed = 1): string {
  let state = seed
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return alphabet[state % alphabet.length]
  }).join('')
}

test.each<[string, string, boolean]>([
  ['^/api/v[0-9]+/', '/api/v12/users', true],
  ['^/api/v[0-9]+/', '/x/api/v12/users', false],
  ['\\.(png|jpe?g)$', '/a/b.jpg', true],
  ['\\.(png|jpe?g)$', '/a/b.jpg.txt', false],
  ['admin', '/x/administrator', true],
  ['admin', '/ADMIN', false],
  ['(?i)admin', '/ADMIN', true],
  ['^/a.*z$', '/a\nz', true],
  ['^/café$', '/café', true],
  ['^/.$', '/\u{1f600}', true],
  ['^/..$', '/\u{1f600}', false],
  ['(?i)k', '/\u212a', true],
  ['[^a-z/]', '/\u4e16', true],
  ['\\bx\\b', '/a x/', true],
  ['\\bx\\b', '/ax/', false],
  ['(?m)^b$', '/a\nb\nc', true],
  ['^b$', '/a\nb\nc', false],
  ['^$', '', true],
  ['a{0}', '/x', true],
])('%s in %j: %s', (pattern, path, expected) => {
  expect(runMatch(matcherOf(pattern), path).matches).toBe(expected)
})

test('any of several patterns may match, and the cache does not change results', () => {
  const matcher = matcherOf('^/a$', 'b+c', '\\.php$')
  for (const [path, expected] of [
    ['/a', true],
    ['/ab', false],
    ['/abbc', true],
    ['/a.php', true],
    ['/a.phpx', false],
    ['/a', true],
    ['/b', false],
  ] as const) {
    expect(runMatch(matcher, path).matches, path).toBe(expected)
  }
})

const atom = fc.constantFrom(
  ...[
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\pL',
    'é',
    '世',
    '\u{1f600}',
    '(?i)k',
    '(?i)é',
    '\\d',
    '\\w',
    '\\n',
  ],
)
const { pattern: anyPattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 5 },
    atom,
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `${one}${other}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(${one}|${other})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '+?'))
      .map(([one, sign]) => `(?:${one})${sign}`),
    fc
      .tuple(tie('pattern'), fc.nat(3), fc.nat(30))
      .map(([one, least, more]) => `(?:${one}){${least},${least + more}}`),
    fc
      .tuple(
        tie('pattern'),
        fc.constantFrom('^', '$', '\\b', '\\B', '(?m:^)', '(?m:$)'),
        tie('pattern'),
      )
      .map((parts) => parts.join('')),
  ),
}))
const anyPath = fc
  .array(fc.constantFrom(...'abckK1_/\n', 'é', 'É', '世', '\u{1f600}', '\u212a', '\ud800'), {
    maxLength: 40,
  })
  .map((letters) => letters.join(''))

/** Null if one of them is invalid. */
function compiled(patterns: string[]) {
  try {
    return patterns.map(compilePathPattern)
  } catch (error) {
    if (error instanceof PathPatternError) return null
    throw error
  }
}

test('it matches as RE2 does, for random patterns and paths', () => {
  let compared = 0
  let found = 0
  fc.assert(
    fc.property(
      fc.array(anyPattern, { minLength: 1, maxLength: 4 }),
      fc.array(anyPath, { minLength: 1, maxLength: 12 }),
      (patterns, paths) => {
        const usable = compiled(patterns)
        if (!usable) return
        const matcher = new PathMatcher(
          usable,
          usable.reduce((sum, one) => sum + one.steps(), 0),
        )
        const references = patterns.map((one) => RE2JS.compile(one, RE2JS.DOTALL))
        for (const path of paths) {
          const expected = references.some((one) => one.test(path))
          expect(
            runMatch(matcher, path).matches,
            `${patterns.join(' or ')} in ${JSON.stringify(path)}`,
          ).toBe(expected)
          compared += 1
          found += Number(expected)
        }
      },
    ),
    { numRuns: 400 },
  )
  expect(compared).toBeGreaterThan(1000)
  expect(found).toBeGreaterThan(100)
  expect(compared - found).toBeGreaterThan(100)
})

describe('the steps for a path are bounded', () => {
  const chains = (count: number) =>
    Array.from({ length: count }, (_, index) => `a.{100}b.{80}c${index}`)

  test.each([
    ['exponential with backtracking', ['^(a+)+$'], `${'a'.repeat(8191)}!`],
    ['alternatives that begin alike', ['(a|aa)+[cd]'], mixed(8192)],
    ['repetitions in a row', ['(.*[ab]){20}[cd]'], mixed(8192)],
    ['2^100 states as a DFA', ['([ab])*a[ab]{100}[cd]'], mixed(8192)],
    ['2^400', ['([ab])*a[ab]{400}[cd]'], mixed(8192)],
    ['many patterns in progress at once', chains(110), mixed(8192)],
    ['optional parts', ['a.{40}([ab]?){50}[cd]', 'b.{40}([ab]?){50}[cd]'], mixed(8192)],
    ['letters of all scripts', ['(?i)a.{40}\\pL{60}[cd]'], mixed(1365, 'a世é\u{1f600}k')],
    ['words', ['\\b(a.{30}b\\b)*[cd]', '(?m)^[ab]{1,60}$'], mixed(8192, 'ab /\n')],
  ])('%s', (_, patterns, path) => {
    const matcher = matcherOf(...patterns)
    const times = Array.from({ length: 3 }, () => {
      const before = process.threadCpuUsage()
      const { steps } = runMatch(matcher, path)
      const { user, system } = process.threadCpuUsage(before)
      expect(steps).toBeLessThanOrEqual(bound(matcher, path))
      return { steps, ms: (user + system) / 1000 }
    })
    const { steps, ms } = times.reduce((a, b) => (b.ms > a.ms ? b : a))
    process.stdout.write(
      `${patterns[0]}: ${matcher.steps} steps per character, ${steps} in all, ${ms.toFixed(1)} ms\n`,
    )
  })

  test('also by random patterns up to the limit', () => {
    let most = 0
    fc.assert(
      fc.property(
        fc.array(anyPattern, { minLength: 1, maxLength: 60 }),
        fc.nat(1e6),
        (patterns, seed) => {
          const kept: string[] = []
          let sum = 0
          for (const one of patterns) {
            const steps = compiled([one])?.[0]?.steps() ?? MATCH_STEPS_MAX + 1
            if (sum + steps > MATCH_STEPS_MAX) continue
            sum += steps
            kept.push(one)
          }
          // These suffixes prevent a match before the end of the path.
          const matcher = matcherOf(
            ...kept.map((one) => `^(?:${one})\\x00$`).filter((one) => compiled([one])),
          )
          const path = mixed(PATH_MAX, 'abkK1_/\n', 1 + seed)
          const { steps } = runMatch(matcher, path)
          expect(steps).toBeLessThanOrEqual(bound(matcher, path))
          most = Math.max(most, steps)
        },
      ),
      { numRuns: 30 },
    )
    expect(most).toBeLessThanOrEqual(REQUEST_STEPS_MAX)
  })

  test('a match beyond the budget is aborted', () => {
    const matcher = matcherOf(...chains(25))
    const path = mixed(PATH_MAX)
    const { steps } = runMatch(matcher, path)
    expect(() => matcher.test(path, new StepBudget(steps / 2))).toThrow(MatchLimitError)
    expect(matcher.test('/short', new StepBudget(steps / 2))).toBe(false)
  })
})

/**
 * The bound: `steps` for each character, plus one pass over the path and the start of each pattern. A character beyond latin1
 * arrives percent-encoded, as at least six characters.
 */
function bound(matcher: PathMatcher, path: string): number {
  const sent = [...path].reduce((sum, one) => sum + ((one.codePointAt(0) ?? 0) > 255 ? 6 : 1), 0)
  return (sent + 1) * (matcher.steps + 1) + matcher.positions
}

test('suspended matches have the same results as others, and hold little memory', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const heapBytes = () => {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const matcher = matcherOf(...Array.from({ length: 60 }, (_, k) => `a.{100}b.{80}c${k}`))
  const matches = Array.from({ length: 60 }, (_, index) => {
    const end = index % 3 === 0 ? `a${'b'.repeat(181)}c7` : ''
    const match: ResumableMatch = { run: null }
    return { path: mixed(6000, 'ab', index + 1) + end, budget: new StepBudget(AMPLE), match }
  })
  const results = new Map<number, boolean>()
  const runAll = () => {
    for (const [index, { path, budget, match }] of matches.entries()) {
      if (results.has(index)) continue
      try {
        results.set(index, matcher.test(path, budget, match))
      } catch (error) {
        if (!(error instanceof MatchSuspended)) throw error
      }
    }
  }
  const before = heapBytes()
  // So many that their states don't all fit into the cache.
  for (let turn = 0; turn < 100; turn += 1) runAll()
  expect(results.size).toBe(0)
  // 8 to 50 MB, depending on the speed of the machine; hundreds if states were kept.
  expect((heapBytes() - before) / 1e6).toBeLessThan(100)
  while (results.size < matches.length) runAll()
  const expected = matches.map(({ path }) => runMatch(matcher, path).matches)
  expect(matches.map((_, index) => results.get(index))).toEqual(expected)
  expect(new Set(expected)).toEqual(new Set([true, false]))
})
