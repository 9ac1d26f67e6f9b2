import type { BodySlots } from './body-slots.ts'

export type BodyLimits = {
  maxBytes: number
  /** From the start of reading the body. */
  timeoutMs: number
  /** Bounds how many bodies are read at once. */
  slots?: BodySlots
}

export const KIB = 1024
const MIB = 1024 * KIB

/** An authenticated call of the API. The console relays no larger body. */
export const API_BODY: BodyLimits = { maxBytes: MIB, timeoutMs: 10_000 }
/** A node's report of all of its load balancers. */
export const NODE_BODY: BodyLimits = { maxBytes: 64 * MIB, timeoutMs: 30_000 }
/** An unauthenticated call: email, name, password, and the secret of a link. */
export const UNAUTHENTICATED_BODY: BodyLimits = { maxBytes: 16 * KIB, timeoutMs: 10_000 }
/** How many unauthenticated bodies are read at once. */
export const UNAUTHENTICATED_BODIES_MAX = 32

/** A size with its unit: "16 KiB". */
export function sizeText(bytes: number): string {
  return bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`
}
