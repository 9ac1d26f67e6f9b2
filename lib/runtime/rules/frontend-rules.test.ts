import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACLS_MAX, FILTER_VALUES_MAX } from '#lib/core/acl.ts'
import {
  LB_RULE_CHARACTERS_MAX,
  LB_RULE_VALUES_MAX,
  MATCH_STEPS_MAX,
  MATCHER_STEPS,
} from '#lib/core/matching-limits.ts'
import { compilePathPattern } from '#lib/core/path-pattern.ts'
import { ROUTES_MAX } from '#lib/core/route.ts'
import type { DesiredAcl, DesiredRoute } from '#lib/protocol/desired-config.ts'
import {
  ALLOW,
  header,
  pathBegin,
  pathEnd,
  pathRegex,
  testAcl,
  testRoute,
} from '#lib/testing/runtime/rules.ts'
import { testBackend } from '#lib/testing/runtime/running-lb.ts'
import { Backend } from '../backend.ts'
import { HEAD_MAX_BYTES, TARGET_MAX_BYTES } from '../http/message/head-buffer.ts'
import { parseRequestHead } from '../http/message/request-head.ts'
import { runToEnd } from '../scheduling/slices.ts'
import { FrontendRules } from './frontend-rules.ts'
import { compileAcls } from './prepared-rules.ts'
import { RequestMatch } from './request-match.ts'
import { MatchSuspended } from './resumable-match.ts'
import { MatchLimitError, REQUEST_STEPS_MAX } from './step-budget.ts'
import { parseAddress } from './subnets.ts'

function rulesOf(acls: DesiredAcl[], routes: DesiredRoute[] = [], backend = testBackend(80)) {
  const own = new Backend(backend, () => {})
  const compiled = runToEnd(compileAcls(acls, new Map()))
  const target = { config: backend, backend: own }
  const targets = new Map([[backend.id, target]])
  const rules = FrontendRules.of(compiled.acls, routes, backend.protocol, targets)
  if (!rules) throw new Error('no rules')
  return rules
}

function requestOf(target: string, fields = ''): RequestMatch {
  const head = `GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`
  return new RequestMatch(parseRequestHead(Buffer.from(head, 'latin1')), parseAddress('10.1.2.3'))
}

/** The steps of matching a request. @throws MatchLimitError */
/** Resumes a match until it ends. */
function aclFor(rules: FrontendRules, request: RequestMatch) {
  for (;;) {
    try {
      return rules.aclFor(request)
    } catch (error) {
      if (!(error instanceof MatchSuspended)) throw error
    }
  }
}

function decide(rules: FrontendRules, request: RequestMatch): number {
  aclFor(rules, request)
  rules.routeFor(request)
  return REQUEST_STEPS_MAX - request.budget.left
}

function mixed(length: number, alphabet: string, seed: number): string {
  let state = 1 + seed
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return alphabet[state % alphabet.length]
  }).join('')
}

/** Worst-case filters that match nothing, and their size: values, characters, steps per character. */
const FILTERS: { make(index: number): DesiredAcl['match']['http'] }[] = [
  { make: (index) => pathRegex(`a.{100}b.{80}c${index}`, `b.{40}([ab]?){20}c${index}`).http },
  {
    make: (index) =>
      pathRegex(`^(a|b|/)*[cd]{${(index % 50) + 1}}`, `(?i)a.{40}\\pL{60}c${index}`).http,
  },
  { make: (index) => pathBegin(...near(index, (text, k) => `/${text}${k}`)).http },
  { make: (index) => pathEnd(...near(index, (text, k) => `${k}${text}`)).http },
  { make: (index) => header('x-list', ...values(index)).http },
  { make: (index) => header(`x-${index}`, ...values(index)).http },
  { make: (index) => header('host', ...values(index)).http },
]
const near = (index: number, write: (text: string, k: number) => string) =>
  Array.from({ length: 1 + (index % FILTER_VALUES_MAX) }, (_, k) => write('ab'.repeat(500), k))
const values = (index: number) =>
  Array.from({ length: FILTER_VALUES_MAX }, (_, k) => `v${index}-${k}`)

/** As many ACLs of these kinds as the limits allow. */
function withinLimits(kinds: readonly number[]): DesiredAcl[] {
  const acls: DesiredAcl[] = []
  let [count, characters, steps] = [ROUTES_MAX, ROUTES_MAX * 1000, 0]
  for (const [index, kind] of kinds.entries()) {
    const http = FILTERS[kind % FILTERS.length]?.make(index) ?? null
    if (!http) continue
    const own = http.type === 'path_regex' ? MATCHER_STEPS + stepsOf(http.values) : 0
    const text = http.values.reduce((sum, value) => sum + value.length, 0)
    const fits =
      count + http.values.length + 1 <= LB_RULE_VALUES_MAX &&
      characters + text + 20 <= LB_RULE_CHARACTERS_MAX &&
      steps + own <= MATCH_STEPS_MAX
    if (!fits) continue
    count += http.values.length + 1
    characters += text + 20
    steps += own
    acls.push(testAcl({ sources: ['10.0.0.0/8'], http }))
  }
  return acls
}

const stepsOf = (patterns: readonly string[]) =>
  patterns.reduce((sum, pattern) => sum + compilePathPattern(pattern).steps(), 0)

const ROUTES = Array.from({ length: ROUTES_MAX }, (_, index) => ({
  type: 'path_begin' as const,
  path: `/${'ab'.repeat(495)}${index}`,
}))

const anyTarget = fc.oneof(
  fc.nat().map((seed) => `/${mixed(TARGET_MAX_BYTES - 2, 'ab', seed)}`),
  fc.nat().map((seed) => `/${mixed(TARGET_MAX_BYTES - 2, 'ab/.', seed)}`),
  fc.constant(`/${'ab'.repeat(TARGET_MAX_BYTES / 2 - 2)}`),
  fc.constant(`/${'%e4%b8%96'.repeat(900)}`),
  fc.constant(`/${'%61/%2e%2e/'.repeat(700)}`),
)
const anyFields = fc.constantFrom(
  '',
  `X-List: ${','.repeat(7000)}\r\n`,
  `X-List: ${'v,'.repeat(3000)}\r\n`,
  'x-list:v,\r\n'.repeat(90),
  Array.from({ length: 97 }, (_, index) => `x-${index}: a,b,c,d\r\n`).join(''),
)

describe('matching takes a bounded number of steps', () => {
  test('for any rules within the limits and any request', () => {
    let most = 0
    let results = 0
    fc.assert(
      fc.property(
        fc.array(fc.nat(FILTERS.length - 1), { minLength: ACLS_MAX, maxLength: ACLS_MAX }),
        fc.array(fc.tuple(anyTarget, anyFields), { minLength: 5, maxLength: 5 }),
        (kinds, requests) => {
          const backend = testBackend(80)
          const routes = ROUTES.map((match) => testRoute(backend, match))
          const rules = rulesOf(withinLimits(kinds), routes, backend)
          for (const [target, fields] of requests) {
            if (target.length + fields.length > HEAD_MAX_BYTES - 100) continue
            most = Math.max(most, decide(rules, requestOf(target, fields)))
            results += 1
          }
        },
      ),
      { numRuns: 8 },
    )
    process.stdout.write(`${results} decisions within ${(most / 1e6).toFixed(1)} million steps\n`)
    expect(most).toBeGreaterThan(1e6)
    expect(most).toBeLessThanOrEqual(REQUEST_STEPS_MAX)
  }, 60_000)

  test('rules beyond the limits exceed the budget for long paths, and work for short ones', () => {
    const acls = Array.from({ length: 3 }, (_, index) =>
      testAcl(pathRegex(...Array.from({ length: 60 }, (_, k) => `a.{100}b.{80}c${index}x${k}`))),
    )
    const rules = rulesOf([...acls, testAcl({}, ALLOW)])
    expect(aclFor(rules, requestOf('/short'))?.action).toEqual(ALLOW)
    const long = requestOf(`/${mixed(TARGET_MAX_BYTES - 2, 'ab', 1)}`)
    const before = process.threadCpuUsage()
    expect(() => aclFor(rules, long)).toThrow(MatchLimitError)
    const { user, system } = process.threadCpuUsage(before)
    process.stdout.write(`cut off after ${((user + system) / 1000).toFixed(1)} ms\n`)
  })

  test('an ACL far beyond the limits is not compiled, and denies what its sources match', () => {
    const heavy = testAcl(
      {
        ...pathRegex(...Array.from({ length: 40 }, (_, k) => `a.{40}(a?b?){30}[cd]${k}`)),
        sources: ['10.0.0.0/8'],
      },
      ALLOW,
    )
    const rules = rulesOf([heavy, testAcl({}, ALLOW)])
    expect(aclFor(rules, requestOf('/x'))?.action.type).toBe('deny')
    const { acls } = runToEnd(compileAcls([heavy], new Map()))
    expect(acls[0]?.problem).toMatch(/ take more than \d+ steps per character\.$/)
  })
})
