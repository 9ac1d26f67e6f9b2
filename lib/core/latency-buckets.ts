/** The number of buckets of response times. */
export const LATENCY_BUCKETS = 36
/** The upper bound of the first bucket. Each next bound is √2 times higher, up to 33 s. Milliseconds. */
const FIRST_MS = 0.25

/** The upper bound of a bucket in milliseconds. The last bucket has none. */
export function latencyBoundMs(bucket: number): number {
  return FIRST_MS * 2 ** (bucket / 2)
}

/** The bucket of a time in milliseconds. */
export function latencyBucket(ms: number): number {
  if (ms <= FIRST_MS) return 0
  return Math.min(LATENCY_BUCKETS - 1, Math.ceil(2 * Math.log2(ms / FIRST_MS)))
}

/**
 * A percentile in milliseconds; `share` is 0.95 for p95. Null without values. Interpolates linearly within a bucket, so the error is at
 * most 20 %.
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
