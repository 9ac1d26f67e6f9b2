import { expect, test } from 'vitest'
import { shardsOf } from './socket-distribution.ts'

const all = (present: number[], count: number) =>
  present.map((worker) => [...shardsOf(worker, present, count)])

test.each([
  [[1], 1, [[1]]],
  [[2, 1], 2, [[2], [1]]],
  [[2], 2, [[1, 2]]],
  [
    [1, 4],
    4,
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [[3], 3, [[1, 2, 3]]],
])('workers %j of %i', (present, count, expected) => {
  expect(all(present, count)).toEqual(expected)
})

test('each shard has one worker, and each present worker has its own shard', () => {
  for (let mask = 1; mask < 2 ** 6; mask += 1) {
    const present = [1, 2, 3, 4, 5, 6].filter((worker) => mask & (1 << (worker - 1)))
    const shards = all(present, 6)
    expect(shards.flat().sort()).toEqual([1, 2, 3, 4, 5, 6])
    for (const [index, worker] of present.entries()) expect(shards[index]).toContain(worker)
  }
})
