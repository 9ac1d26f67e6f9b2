import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AlertEvaluator } from './alert-evaluator.ts'

const TIMING = { holdMs: 5000, notifyWindowMs: 60_000 }

/** Evaluates one alert every second. Each character is a state: "x" true, "." false, "?" unknown. */
function notifications(states: string): string[] {
  const evaluator = new AlertEvaluator(TIMING)
  const open = new Set<string>()
  const all: string[] = []
  ;[...states].forEach((character, second) => {
    const state = character === '?' ? null : character === 'x'
    const changes = evaluator.evaluate(second * 1000, 'lb', new Map([['s', state]]), open)
    for (const subject of changes.fired) open.add(subject)
    for (const subject of changes.resolved) open.delete(subject)
    evaluator.markNotified(second * 1000, 'lb', changes)
    all.push(...changes.fired.map(() => `fired ${second}`))
    all.push(...changes.resolved.map(() => `resolved ${second}`))
  })
  return all
}

describe('an alert', () => {
  test.each([
    ['fires after 5 s', '..xxxxxxxx', ['fired 7']],
    ['does not fire if the condition ends sooner', '..xxxx......', []],
    ['does not fire while the state is unknown', '..xxx????xxxxxx', ['fired 14']],
    ['resolves after 5 s', 'xxxxxx.........', ['fired 5', 'resolved 11']],
  ])('%s', (_case, states, expected) => {
    expect(notifications(states)).toEqual(expected)
  })

  test('notifies at most twice a minute, alternates, and ends with the current state', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('x', '.', '?'), { maxLength: 300 }), (states) => {
        const all = notifications(states.join('') + 'x'.repeat(70))
        const at = all.map((one) => Number(one.split(' ')[1]))
        at.forEach((second, index) => {
          if (index >= 2) expect(second - (at[index - 2] as number)).toBeGreaterThanOrEqual(60)
        })
        expect(all.at(-1)).toMatch(/^fired/)
        expect(all.map((one) => one.split(' ')[0])).toEqual(
          all.map((_, index) => (index % 2 === 0 ? 'fired' : 'resolved')),
        )
      }),
    )
  })
})

test('an open alert whose subject no longer exists is removed without a notification', () => {
  const evaluator = new AlertEvaluator(TIMING)
  expect(evaluator.evaluate(0, 'lb', new Map(), new Set(['server:a']))).toEqual({
    fired: [],
    resolved: [],
    removed: ['server:a'],
  })
})

test('a change that was not marked as notified is returned again', () => {
  const evaluator = new AlertEvaluator(TIMING)
  const states = new Map([['s', true]])
  evaluator.evaluate(0, 'lb', states, new Set())
  expect(evaluator.evaluate(5000, 'lb', states, new Set()).fired).toEqual(['s'])
  expect(evaluator.evaluate(6000, 'lb', states, new Set()).fired).toEqual(['s'])
})
