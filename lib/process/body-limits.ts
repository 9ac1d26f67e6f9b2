import type { BodySlots } from './body-slots.ts'

export type BodyLimits = {
  maxBytes: number
  /** From the moment that it is read; the head has come before. */
  timeoutMs: number
  /** For requests without authentication: at most so many are read at once. */
  slots?: BodySlots
}

export const KIB = 1024
const MIB = 1024 * KIB

/** Of a call of the API, whose caller has been authenticated; the console relays no larger one. */
export const API_BODY: BodyLimits = { maxBytes: MIB, timeoutMs: 10_000 }
/** Of a node: a report of every load balancer that it may have. */
export const NODE_BODY: BodyLimits = { maxBytes: 64 * MIB, timeoutMs: 30_000 }
/** Of a request without authentication: email, name, password, and the secret of a link. */
export const UNAUTHENTICATED_BODY: BodyLimits = { maxBytes: 16 * KIB, timeoutMs: 10_000 }
/** How many of these are read at once. */
export const UNAUTHENTICATED_BODIES_MAX = 32

/** A limit's size as people read it: "16 KiB". */
export function sizeText(bytes: number): string {
  return bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`
}
