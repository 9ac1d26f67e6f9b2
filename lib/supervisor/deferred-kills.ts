import type { HangReason, KillReason } from '#lib/protocol/quarantine.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'
import { KillSpacing } from './kill-spacing.ts'
import type { LocalNode } from './local-nodes.ts'
import { print } from './terminal.ts'

/** Decides whether a hung process of a node may be killed now, and reports those whose kill is deferred. */
export class DeferredKills {
  readonly #spacing = new KillSpacing()
  /** By the name of the hung process. */
  readonly #deferred = new Map<string, HungNode>()
  readonly #onChange: (nodes: HungNode[]) => void

  /** @param onChange called with all nodes whose kill is deferred, when that list changes */
  constructor(onChange: (nodes: HungNode[]) => void) {
    this.#onChange = onChange
  }

  /**
   * Whether a node's process may be killed now. True counts as a kill.
   * @param isOtherServing whether the region's other node runs and responds
   */
  mayKill(node: LocalNode, reason: KillReason, isOtherServing: boolean): boolean {
    if (this.#spacing.waitMs(node, reason, isOtherServing) > 0) return false
    this.#spacing.killed(node, reason)
    return true
  }

  /** Defers the kill of a process that hangs. */
  defer(process: string, node: LocalNode, reason: HangReason): void {
    if (this.#deferred.has(process)) return
    const until = new Date(Date.now() + this.#spacing.waitMs(node, reason, false)).toISOString()
    this.#deferred.set(process, { node: node.name, reason, until })
    print(
      `${process} hangs (${reason}). The region's other node was killed for the same reason within the last minute, ` +
        `so this one is not killed before ${until}.`,
    )
    this.#onChange([...this.#deferred.values()])
  }

  /** The process responds again, or has ended. */
  clear(process: string): void {
    if (this.#deferred.delete(process)) this.#onChange([...this.#deferred.values()])
  }
}
