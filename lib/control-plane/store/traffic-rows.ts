import type { Generated } from 'kysely'
import type { Region } from '#lib/core/locality.ts'

/** The tables of the traffic history, in databases that several processes write to. Minutes are since 1970. */
export type TrafficTableRows = {
  /** One row: slots before this time are recorded. Unix seconds. */
  traffic_recording: { id: 1; recorded_until: number }
  /** A part of a load balancer, and the minute in which it last had traffic, to the hour. */
  traffic_parts: { key: Generated<number>; lb_id: string; name: string; seen: number }
  /** The samples of a load balancer in one minute, by slot and as a sum. */
  traffic_slots: { lb_id: string; minute: number; entries: Uint8Array }
  traffic_minutes: { lb_id: string; minute: number; entries: Uint8Array }
  /** A bit for each slot in which a node of the region was connected. */
  traffic_known: { region: Region; minute: number; slots: number }
}
