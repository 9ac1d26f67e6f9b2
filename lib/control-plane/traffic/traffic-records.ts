import type { Region } from '#lib/core/locality.ts'
import type { Authority } from '../authority/authority.ts'
import type { Sample } from './sample.ts'
import type { Slot } from './traffic-slots.ts'

/** A minute has twelve slots of five seconds. */
export const SLOTS = 12
export const SLOT_RETENTION_MINUTES = 61
export const MINUTE_RETENTION_MINUTES = 7 * 24 * 60
/** The precision of a part's last minute with traffic (`seen`). */
export const SEEN_PRECISION_MINUTES = 60

/** The resolution of recorded samples: twelve per minute, or one. */
export type Resolution = 'slots' | 'minutes'

/** Minutes since 1970, both inclusive. */
export type RecordsQuery = {
  lbId: string
  region: Region
  resolution: Resolution
  from: number
  to: number
  includesPart: (part: string) => boolean
}

export type Records = {
  /** Slots before this time are recorded. Unix seconds. */
  recordedUntil: number
  /** The slots in which a node of the region was connected, as bits by minute. */
  connected: Map<number, number>
  /** In ascending order of time. */
  samples: { minute: number; slot: number; parts: Sample[] }[]
}

/**
 * Where the traffic history is kept: slots for an hour, and sums of minutes for seven days. Times are minutes since 1970.
 * `testing/traffic-contract.ts` tests every implementation.
 */
export interface TrafficRecords {
  /** Whether several processes read it, and one of them records. */
  readonly isShared: boolean
  /** Slots before this time are recorded, as far as this process knows. Unix seconds. */
  readonly recordedUntil: number
  /**
   * Starts to record at a minute, when a process begins to record or its clock was set back. Records of later minutes are kept until the
   * clock reaches those minutes, and are then replaced.
   * @param authority for what this process writes from now on
   */
  startRecording(minute: number, authority: Authority): Promise<void>
  /** Records the slots before `until` that are not recorded yet, and deletes records older than the retention. */
  write(slots: readonly Slot[], until: number): Promise<void>
  /** Reads how much others have recorded. */
  refresh(): Promise<void>
  read(query: RecordsQuery): Promise<Records>
  /** The parts that had traffic since a minute. */
  partsSince(lbId: string, minute: number): Promise<string[]>
  /** Deletes a load balancer's history. */
  forget(lbId: string): Promise<void>
  /** Deletes the history of all load balancers but these. */
  keepOnly(lbIds: readonly string[]): Promise<void>
  close(): void
}
