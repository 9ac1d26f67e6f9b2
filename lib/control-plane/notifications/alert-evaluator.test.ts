import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AlertEvaluator } from './alert-evaluator.ts'

const TIMING = { holdMs: 5000, quietMs: 60_000 }
const NONE = { began: [], ended: [], gone: [] }

/** One subject, looked at every second: `findings` are its states, a character each ("x" wrong, "." fine, "?" unknown). */
function told(findings: string): string[] {
  const watch = new AlertEvaluator(TIMING)
  const known = new Set<string>()
  const all: string[] = []
  ;[...findings].forEach((state, second) => {
    const wrong = state === '?' ? null : state === 'x'
    const news = watch.look(second * 1000, 'lb', new Map([['s', wrong]]), known)
    for (const subject of news.began) known.add(subject)
    for (const subject of news.ended) known.delete(subject)
    watch.told(second * 1000, 'lb', news)
    all.push(...news.began.map(() => `down ${second}`), ...news.ended.map(() => `up ${second}`))
  })
  return all
}

describe('something is told', () => {
  test.each([
    ['once it was so for 5 s', '..xxxxxxxx', ['down 7']],
    ['not when it was over sooner', '..xxxx......', []],
    ['not while it is not known', '..xxx????xxxxxx', ['down 14']],
    ['and that it is over, after 5 s again', 'xxxxxx.........', ['down 5', 'up 11']],
  ])('%s', (_case, findings, expected) => {
    expect(told(findings)).toEqual(expected)
  })

  test('at most twice a minute, and as it is at the end', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('x', '.', '?'), { maxLength: 300 }), (states) => {
        const all = told(states.join('') + 'x'.repeat(70))
        const at = all.map((one) => Number(one.split(' ')[1]))
        at.forEach((second, index) => {
          if (index >= 2) expect(second - (at[index - 2] as number)).toBeGreaterThanOrEqual(60)
        })
        expect(all.at(-1)).toMatch(/^down/)
        expect(all.map((one) => one.split(' ')[0])).toEqual(
          all.map((_, index) => (index % 2 === 0 ? 'down' : 'up')),
        )
      }),
    )
  })
})

test('what is not there any more is not told of, and forgotten', () => {
  const watch = new AlertEvaluator(TIMING)
  expect(watch.look(0, 'lb', new Map(), new Set(['server:a']))).toEqual({
    ...NONE,
    gone: ['server:a'],
  })
})

test('what could not be written down is news again', () => {
  const watch = new AlertEvaluator(TIMING)
  const findings = new Map([['s', true]])
  watch.look(0, 'lb', findings, new Set())
  expect(watch.look(5000, 'lb', findings, new Set()).began).toEqual(['s'])
  expect(watch.look(6000, 'lb', findings, new Set()).began).toEqual(['s'])
})
