/** How many buckets response times are counted in. */
export const LATENCY_BUCKETS = 36
/** The first bucket ends here, each further one √2 times later: the last but one at 33 s. Milliseconds. */
const FIRST_MS = 0.25

/** Where a bucket ends, in milliseconds; the last one takes all that is longer as well. */
export function latencyBoundMs(bucket: number): number {
  return FIRST_MS * 2 ** (bucket / 2)
}

/** The bucket that a time in milliseconds falls into. */
export function latencyBucket(ms: number): number {
  if (ms <= FIRST_MS) return 0
  return Math.min(LATENCY_BUCKETS - 1, Math.ceil(2 * Math.log2(ms / FIRST_MS)))
}

/**
 * The time in milliseconds that a share of all counted times (0.95) does not exceed, null where none were counted.
 * Within a bucket times are taken as spread evenly, so it is off by a fifth at most.
 */
export function latencyPercentile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = share * total
  let before = 0
  let bucket = 0
  for (const [index, count] of counts.entries()) {
    bucket = index
    if (before + count >= rank && count > 0) break
    before += count
  }
  const lower = bucket === 0 ? 0 : latencyBoundMs(bucket - 1)
  const within = (rank - before) / (counts[bucket] || 1)
  return lower + (latencyBoundMs(bucket) - lower) * within
}
