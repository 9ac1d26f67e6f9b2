/**
 * Which of a port's `count` sockets, numbered from 1, a worker accepts from: its own, and its part of those of workers
 * that are not among `present`, its node's numbers.
 */
export function shardsOf(worker: number, present: number[], count: number): Set<number> {
  const numbers = present.toSorted((one, other) => one - other)
  const shards = Array.from({ length: count }, (_, index) => index + 1)
  const owner = (shard: number) =>
    numbers.includes(shard) ? shard : numbers[shard % numbers.length]
  return new Set(shards.filter((shard) => owner(shard) === worker))
}
