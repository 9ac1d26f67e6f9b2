import { expect, test } from 'vitest'
import type { CheckedServer, DraftCheck } from '#lib/core/draft-check.ts'
import { failedFirst, resultOf, summaryOf, testedServers, testProblems } from './check-text.ts'

const server = (address: string, reason = 'connected', latency_ms = 2.6): CheckedServer => ({
  address,
  up: reason === 'connected' || reason === 'HTTP 200',
  reason,
  latency_ms,
})
const NOT_RUNNING = 'The node on cluster b is not running.'

function check(a: CheckedServer[], b: CheckedServer[] | string = a): DraftCheck {
  const isRunning = typeof b !== 'string'
  return {
    instances: [
      { cluster: 'a', problem: null, servers: a },
      { cluster: 'b', problem: isRunning ? null : b, servers: isRunning ? b : [] },
    ],
  }
}

test.each([
  ['connected', 'ok', 'Answers, 3 ms', null],
  ['HTTP 200', 'ok', 'Answers, 3 ms', 'HTTP 200'],
  ['connection refused', 'danger', 'Refuses', 'connection refused'],
  ['timed out after 1 s', 'danger', 'No answer', 'timed out after 1 s'],
  ['HTTP 500, expected 200', 'danger', 'Fails', 'HTTP 500, expected 200'],
])('%s', (reason, tone, state, shown) => {
  expect(resultOf(server('10.0.0.1', reason))).toEqual({ tone, state, reason: shown })
})

test('the shortest latency shown is 1 ms', () => {
  expect(resultOf(server('10.0.0.1', 'connected', 0.2)).state).toBe('Answers, 1 ms')
})

test('nodes that agree share one result with the higher latency; otherwise each has its own', () => {
  const refused = server('10.0.0.2', 'connection refused')
  const tested = testedServers(
    check(
      [server('10.0.0.1'), refused, server('10.0.0.3')],
      [server('10.0.0.1', 'connected', 9), refused, server('10.0.0.3', 'timed out after 1 s')],
    ),
  )
  const lines = tested.map(({ results }) =>
    results.map(({ cluster, result }) => `${cluster ?? 'both'}: ${result.state}`),
  )
  expect(lines).toEqual([
    ['both: Answers, 9 ms'],
    ['both: Refuses'],
    ['a: Answers, 3 ms', 'b: No answer'],
  ])
  expect(tested.map(({ passed }) => passed)).toEqual([true, false, false])
})

test('a check that only one node could run', () => {
  const one = check([server('10.0.0.1')], NOT_RUNNING)
  expect(testedServers(one)).toHaveLength(1)
  expect(testProblems(one)).toEqual([NOT_RUNNING])
  expect(summaryOf(one)).toEqual({ tone: 'warn', text: 'The server answers' })
})

test('the summary counts the servers that passed', () => {
  const up = ['10.0.0.1', '10.0.0.2'].map((address) => server(address))
  const refused = server('10.0.0.3', 'connection refused')
  const failing = server('10.0.0.3', 'HTTP 500, expected 200')
  const text = (...args: Parameters<typeof check>) => summaryOf(check(...args)).text
  expect(text(up)).toBe('All 2 servers answer')
  expect(text([...up, refused])).toBe('2 of 3 servers answer')
  expect(text([...up, failing])).toBe('2 of 3 servers answer as expected')
  expect(text([server('10.0.0.1'), refused])).toBe('1 of 2 servers answers')
  expect(text([refused])).toBe('0 of 1 server answers')
  expect(text([], NOT_RUNNING)).toBe('Not tested')
  expect(summaryOf(check([...up, refused])).tone).toBe('danger')
})

test('of many servers, failed ones come first', () => {
  const tested = testedServers(check([server('10.0.0.1'), server('10.0.0.2', 'no')]))
  const addresses = (few: number) => failedFirst(tested, few).map(({ address }) => address)
  expect(addresses(2)).toEqual(['10.0.0.1', '10.0.0.2'])
  expect(addresses(1)).toEqual(['10.0.0.2', '10.0.0.1'])
})
