/** The times that decide how fast a takeover is, and that never two hosts answer. Milliseconds. */
export type Clocks = {
  /** Between two adverts of a carrier's owner. Multiples of 10, because VRRP counts hundredths of a second. */
  advertMs: number
  /**
   * How long the fence stays open after an advert left. Less than three intervals, after which the backup takes over.
   */
  leaseMs: number
}

export const DEFAULT_CLOCKS: Clocks = { advertMs: 40, leaseMs: 115 }

/** The least time between the end of the lease and the backup's takeover: one tick of the kernel's timers. */
const MARGIN_MS = 5

/** How long a higher priority that was heard keeps the fence closed. */
export function outrankedMs({ advertMs }: Clocks): number {
  return 2 * advertMs
}

/** @returns what is wrong with the values, as a sentence; null if nothing is */
export function clocksProblem({ advertMs, leaseMs }: Clocks): string | null {
  if (advertMs < 10 || advertMs > 1000 || advertMs % 10 !== 0) {
    return 'The advert interval must be a multiple of 10 ms, from 10 ms to 1 s.'
  }
  const max = 3 * advertMs - MARGIN_MS
  if (leaseMs > max || leaseMs < 2 * advertMs) {
    return `The lease must be from ${2 * advertMs} to ${max} ms at an advert interval of ${advertMs} ms.`
  }
  return null
}
