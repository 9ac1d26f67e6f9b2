import type { EndReason, HangReason } from '#lib/config/quarantine.ts'
import type { NodeName } from '#lib/config/stream.ts'
import type { HungNode } from '#lib/config/supervision.ts'
import { KillSpacing } from './kill-spacing.ts'
import { say } from './progress.ts'

/** Decides when a node's process that hangs may be ended, and tells of those that may not yet. */
export class HungNodes {
  readonly #spacing = new KillSpacing()
  /** By the process's name. */
  readonly #spared = new Map<string, HungNode>()
  readonly #onChange: (nodes: HungNode[]) => void

  /** @param onChange told all that hang and are not ended yet, whenever they are others */
  constructor(onChange: (nodes: HungNode[]) => void) {
    this.#onChange = onChange
  }

  /**
   * Whether a node's process may be ended now; where it may, that counts as done.
   * @param isOtherServing whether the region's other node runs and answers
   */
  mayEnd(node: NodeName, reason: EndReason, isOtherServing: boolean): boolean {
    if (this.#spacing.waitMs(node, reason, isOtherServing) > 0) return false
    this.#spacing.killed(node, reason)
    return true
  }

  /** A process hangs and may not be ended yet. */
  spare(process: string, node: NodeName, reason: HangReason): void {
    if (this.#spared.has(process)) return
    const until = new Date(Date.now() + this.#spacing.waitMs(node, reason, false)).toISOString()
    this.#spared.set(process, { node, reason, until })
    say(
      `${process} hangs (${reason}). The region's other node was ended for that within the last minute, ` +
        `so this one is not before ${until}.`,
    )
    this.#onChange([...this.#spared.values()])
  }

  /** A process answers again, or has ended. */
  over(process: string): void {
    if (this.#spared.delete(process)) this.#onChange([...this.#spared.values()])
  }
}
