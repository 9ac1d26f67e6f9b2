import type { Origin } from '../contenders/origin.ts'
import type { Row } from './row.ts'

/** The duration and number of rounds. */
export type Extent = { rounds: number; seconds: number }

/** A workload. */
export type Work = {
  /** Its name for `--only`. */
  name: string
  run(origin: Origin, extent: Extent): Promise<Row[]>
}
