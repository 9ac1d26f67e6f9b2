import { describe, expect, test } from 'vitest'
import { isTransient, type RiseFallState, riseFall, thresholdOf, UNCHECKED } from './rise-fall.ts'

const FALL = 3

/** The states after each outcome of a sequence such as "++-". */
function states(outcomes: string, fall = FALL): string[] {
  let standing: RiseFallState = UNCHECKED
  return [...outcomes].map((outcome) => {
    standing = riseFall(standing, outcome === '+', fall)
    return standing.state
  })
}

describe('rise and fall', () => {
  test.each([
    ['the first result decides: up', '+', ['up']],
    ['the first result decides: down', '-', ['down']],
    ['three failures in a row take it out', '+---', ['up', 'up', 'up', 'down']],
    ['fewer in a row never do', '+--+--+', ['up', 'up', 'up', 'up', 'up', 'up', 'up']],
    ['two good ones bring it back', '-++', ['down', 'down', 'up']],
    ['one good one does not', '-+-+-', ['down', 'down', 'down', 'down', 'down']],
  ])('%s', (_, outcomes, expected) => {
    expect(states(outcomes)).toEqual(expected)
  })

  test('a single retry means the first failure', () => {
    expect(states('+-', 1)).toEqual(['up', 'down'])
  })

  test('the streak counts equal outcomes, and no further than that outcome takes to decide', () => {
    let standing: RiseFallState = { state: 'up', passing: true, streak: 1 }
    const streaks = [...'+++-----'].map((outcome) => {
      standing = riseFall(standing, outcome === '+', FALL)
      return `${standing.streak} of ${thresholdOf(standing.passing, FALL)}`
    })
    expect(streaks.slice(2)).toEqual(['2 of 2', '1 of 3', '2 of 3', '3 of 3', '3 of 3', '3 of 3'])
  })

  test('a state that the last check contradicts is transient', () => {
    expect(isTransient(riseFall({ state: 'up', passing: true, streak: 2 }, false, FALL))).toBe(true)
    expect(isTransient(riseFall({ state: 'up', passing: true, streak: 2 }, true, FALL))).toBe(false)
  })
})
