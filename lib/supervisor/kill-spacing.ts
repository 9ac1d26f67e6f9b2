import type { EndReason } from '#lib/config/quarantine.ts'
import { type NodeName, nodePlace } from '#lib/config/stream.ts'
import type { Region } from '#lib/core/locality.ts'

/** For so long after one node of a region was killed the other is not killed for the same reason. Milliseconds. */
export const KILL_SPACING_MS = 60_000

type Kill = { node: NodeName; at: number }

/**
 * Keeps one cause from taking both nodes of a region: what one node was killed for, the other is not killed for within a
 * minute. Processes of one node may be killed together.
 */
export class KillSpacing {
  readonly #kills = new Map<`${Region} ${EndReason}`, Kill>()
  readonly #now: () => number

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * How long a node's process must not be killed yet; 0 for not at all. Milliseconds.
   * @param isOtherServing whether the region's other node runs and answers. Nothing that clients or editors send can stop a
   *   process by a signal, so one that is `stopped` waits for the other node only.
   */
  waitMs(node: NodeName, reason: EndReason, isOtherServing: boolean): number {
    const kill = this.#kills.get(keyOf(node, reason))
    if (!kill || kill.node === node) return 0
    if (reason === 'stopped' && isOtherServing) return 0
    return Math.max(0, kill.at + KILL_SPACING_MS - this.#now())
  }

  killed(node: NodeName, reason: EndReason): void {
    this.#kills.set(keyOf(node, reason), { node, at: this.#now() })
  }
}

const keyOf = (node: NodeName, reason: EndReason) => `${nodePlace(node).region} ${reason}` as const
