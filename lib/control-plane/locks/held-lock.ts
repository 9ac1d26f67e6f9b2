import type { Authority } from '../authority/authority.ts'

/** Locks that this process holds against the other ones that write to the database. */
export type HeldLock = {
  /** Whether this process holds them for sure. One that hung for a while has lost them, and has not noticed yet. */
  readonly isCertain: () => boolean
  /** Adds to an authority that the locks are still held. Write transactions check that, and orders that it is certain. */
  readonly authority: (authority: Authority) => Authority
  /** Whether a former holder had not released them: it was killed, hung, or lost its connection. */
  readonly isTakenOver: boolean
  /** Aborted when they are known to be lost, or were released. */
  readonly ended: AbortSignal
  /** Leaves them to others, who don't need to wait. */
  readonly release: () => Promise<void>
}

/** An order that may not be given now. The message is for the person who asked for it. */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused'
}

export const lockBusy = () =>
  new OrderRefused('Another control plane is changing its hosts. Try again.')

/** What was ordered until then may have been carried out. The leader completes what is in the database. */
export const lockLost = () =>
  new OrderRefused(
    'Another control plane may be changing its hosts by now, so this one has stopped. Look at where its traffic is, and try again.',
  )

/** For what is tried again later anyway. @throws any other error */
export function unlessOrderRefused(error: unknown): void {
  if (!(error instanceof OrderRefused)) throw error
}

/** Of a process that nobody shares the database with. */
export const UNSHARED: HeldLock = {
  isCertain: () => true,
  isTakenOver: false,
  authority: (authority) => authority,
  ended: new AbortController().signal,
  release: async () => {},
}
