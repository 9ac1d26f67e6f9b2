import type { Region } from '#lib/core/locality.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { KillReason } from '#lib/protocol/quarantine.ts'
import type { LocalNode } from './local-nodes.ts'

/** The minimum time between kills of a region's two nodes for the same reason. Milliseconds. */
export const KILL_SPACING_MS = 60_000

type Kill = { node: NodeName; at: number }

/**
 * Keeps one cause from taking down both nodes of a region: they are not killed for the same reason within a minute. Processes of
 * one node may be killed together.
 */
export class KillSpacing {
  readonly #kills = new Map<`${Region} ${KillReason}`, Kill>()
  readonly #now: () => number

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * How long to wait before a node's process may be killed; 0 if it may be now. Milliseconds.
   * @param isOtherServing whether the region's other node runs and responds. A `stopped` process waits only for that: clients
   *   and editors can't cause a stop signal.
   */
  waitMs(node: LocalNode, reason: KillReason, isOtherServing: boolean): number {
    const kill = this.#kills.get(keyOf(node, reason))
    if (!kill || kill.node === node.name) return 0
    if (reason === 'stopped' && isOtherServing) return 0
    return Math.max(0, kill.at + KILL_SPACING_MS - this.#now())
  }

  killed(node: LocalNode, reason: KillReason): void {
    this.#kills.set(keyOf(node, reason), { node: node.name, at: this.#now() })
  }
}

const keyOf = ({ region }: LocalNode, reason: KillReason) => `${region} ${reason}` as const
