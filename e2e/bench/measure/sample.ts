/** What one run of a load against one contender gave. */
export type Sample = {
  /** Requests, messages or megabytes: what the work counts. */
  units: number
  seconds: number
  /** Latencies, milliseconds. */
  p50: number
  p99: number
}

export type Measured = Sample & { cpuMicroseconds: number }
