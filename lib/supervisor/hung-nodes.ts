import type { NodeName } from '#lib/protocol/node-name.ts'
import type { EndReason, HangReason } from '#lib/protocol/quarantine.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'
import { KillSpacing } from './kill-spacing.ts'
import { say } from './progress.ts'

/** Decides when a hung process of a node may be killed, and reports those that may not be killed yet. */
export class HungNodes {
  readonly #spacing = new KillSpacing()
  /** Processes that hang and are not killed yet, by name. */
  readonly #spared = new Map<string, HungNode>()
  readonly #onChange: (nodes: HungNode[]) => void

  /** @param onChange called with all nodes that hang and are not killed yet, when that list changes */
  constructor(onChange: (nodes: HungNode[]) => void) {
    this.#onChange = onChange
  }

  /**
   * Whether a node's process may be killed now. True counts as a kill.
   * @param isOtherServing whether the region's other node runs and responds
   */
  mayEnd(node: NodeName, reason: EndReason, isOtherServing: boolean): boolean {
    if (this.#spacing.waitMs(node, reason, isOtherServing) > 0) return false
    this.#spacing.killed(node, reason)
    return true
  }

  /** A process hangs and may not be killed yet. */
  spare(process: string, node: NodeName, reason: HangReason): void {
    if (this.#spared.has(process)) return
    const until = new Date(Date.now() + this.#spacing.waitMs(node, reason, false)).toISOString()
    this.#spared.set(process, { node, reason, until })
    say(
      `${process} hangs (${reason}). The region's other node was killed for the same reason within the last minute, ` +
        `so this one is not killed before ${until}.`,
    )
    this.#onChange([...this.#spared.values()])
  }

  /** A process responds again, or has ended. */
  over(process: string): void {
    if (this.#spared.delete(process)) this.#onChange([...this.#spared.values()])
  }
}
