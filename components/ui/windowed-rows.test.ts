import { describe, expect, test } from 'vitest'
import { gapsAround, mountedRows } from './windowed-rows.ts'

describe('mountedRows', () => {
  test.each([
    ['those near the window', [[3, 4, 5], [], -1], [3, 4, 5]],
    ['and those to keep, in order', [[3, 4, 5], [9, 0], -1], [0, 3, 4, 5, 9]],
    ['once each', [[3, 4, 5], [4, 4], 4], [3, 4, 5]],
    ['the one with the focus and its neighbours', [[6, 7], [], 2], [1, 2, 3, 6, 7]],
    ['not beyond the ends', [[], [-1, 10], 9], [8, 9]],
    ['not before the first', [[], [], 0], [0, 1]],
  ] as const)('%s', (_name, [near, keep, focused], rows) => {
    expect(mountedRows(near, keep, focused, 10)).toEqual(rows)
  })
})

describe('gapsAround', () => {
  test('has no gaps if all rows are mounted', () => {
    const rows = [
      { start: 100, end: 140 },
      { start: 140, end: 220 },
    ]
    expect(gapsAround(rows, 100, 120)).toEqual([0, 0, 0])
  })

  test('has gaps before, between and after mounted rows', () => {
    const rows = [
      { start: 140, end: 180 },
      { start: 300, end: 340 },
    ]
    expect(gapsAround(rows, 100, 400)).toEqual([40, 120, 160])
  })

  test('has one gap of the full height if no row is mounted', () => {
    expect(gapsAround([], 100, 400)).toEqual([400])
  })
})
