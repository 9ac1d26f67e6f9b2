import type { Origin } from '../contenders/origin.ts'
import type { Row } from './row.ts'

/** How long and how often. */
export type Extent = { rounds: number; seconds: number }

/** One thing that the contenders are compared at. */
export type Work = {
  /** As `--only` names it. */
  name: string
  run(origin: Origin, extent: Extent): Promise<Row[]>
}
