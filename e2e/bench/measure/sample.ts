/** The result of one run of a load against one proxy. */
export type Sample = {
  /** Requests, messages or megabytes: the unit of the work. */
  units: number
  seconds: number
  /** Latencies, milliseconds. */
  p50: number
  p99: number
}

export type Measured = Sample & { cpuMicroseconds: number }
