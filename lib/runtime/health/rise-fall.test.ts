import { describe, expect, test } from 'vitest'
import { isTransient, type RiseFallState, riseFall, thresholdOf, UNCHECKED } from './rise-fall.ts'

const FALL = 3

/** The state after each result of a sequence such as "++-". */
function states(results: string, fall = FALL): string[] {
  let state: RiseFallState = UNCHECKED
  return [...results].map((result) => {
    state = riseFall(state, result === '+', fall)
    return state.state
  })
}

describe('rise and fall', () => {
  test.each([
    ['the first result decides: up', '+', ['up']],
    ['the first result decides: down', '-', ['down']],
    ['three consecutive failures mark it down', '+---', ['up', 'up', 'up', 'down']],
    ['fewer consecutive failures never do', '+--+--+', ['up', 'up', 'up', 'up', 'up', 'up', 'up']],
    ['two passed checks mark it up', '-++', ['down', 'down', 'up']],
    ['one passed check does not', '-+-+-', ['down', 'down', 'down', 'down', 'down']],
  ])('%s', (_, results, expected) => {
    expect(states(results)).toEqual(expected)
  })

  test('with one retry the first failure marks it down', () => {
    expect(states('+-', 1)).toEqual(['up', 'down'])
  })

  test('the streak counts equal results, up to the threshold of that result', () => {
    let state: RiseFallState = { state: 'up', passing: true, streak: 1 }
    const streaks = [...'+++-----'].map((result) => {
      state = riseFall(state, result === '+', FALL)
      return `${state.streak} of ${thresholdOf(state.passing, FALL)}`
    })
    expect(streaks.slice(2)).toEqual(['2 of 2', '1 of 3', '2 of 3', '3 of 3', '3 of 3', '3 of 3'])
  })

  test('a state that the last result contradicts is transient', () => {
    expect(isTransient(riseFall({ state: 'up', passing: true, streak: 2 }, false, FALL))).toBe(true)
    expect(isTransient(riseFall({ state: 'up', passing: true, streak: 2 }, true, FALL))).toBe(false)
  })
})
