import { randomUUID } from 'node:crypto'
import type { Cluster } from '#lib/core/locality.ts'
import { forEachContained } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { type NodeWorker, SWITCHOVER_MS_MAX, type SwitchoverResult } from './address-ownership.ts'
import type { Interruption, LbOwnership } from './lb-ownership.ts'

/** The node that can become the owner, or why none can, as a sentence. */
export function planSwitchover(
  ownership: LbOwnership | undefined,
  to: Cluster | undefined,
): { ownership: LbOwnership; node: NodeName } | { problem: string } {
  if (ownership?.switchover || ownership?.interruption) {
    return { problem: 'It is changing instances already.' }
  }
  if (!ownership?.owner) return { problem: 'No instance accepts its traffic at the moment.' }
  const from = ownership.owner.cluster
  const cluster = to ?? (from === 'a' ? 'b' : 'a')
  if (cluster === from) return { problem: `The instance of cluster ${cluster} has its traffic.` }
  const node = ownership.readyNode(cluster)
  return node
    ? { ownership, node }
    : { problem: `The instance of cluster ${cluster} is not ready to take over.` }
}

/**
 * Asks the owner to stop accepting. Another node becomes the owner after its last worker has stopped.
 * @param at now, on the clock that measures interruptions
 */
export function startSwitchover(ownership: LbOwnership, to: NodeName, at: number): Interruption {
  const { owner } = ownership
  if (!owner) throw new Error(`${ownership.lbId} has no owner to switch over from.`)
  const stopping = new Set(ownership.workersOf(owner.node))
  const reason = 'planned'
  const interruption = { id: randomUUID(), from: owner.cluster, reason, at, onEnd: null } as const
  ownership.clearTimer()
  ownership.owner = null
  ownership.isPinned = false
  ownership.switchover = { to, stopping }
  ownership.interruption = interruption
  const ask = (worker: NodeWorker) => askToStop(ownership, worker)
  forEachContained('takeover', stopping, ask, (_fault, worker) => ask(worker))
  return interruption
}

export function askToStop({ lbId }: LbOwnership, worker: NodeWorker): void {
  worker.send({ type: 'deactivate', lb_id: lbId })
}

/** The result of a switchover that a caller waits for. One that ends later is reported to `onTakeover` instead. */
export async function resultOf(
  lbId: string,
  interruption: Interruption,
): Promise<SwitchoverResult> {
  const { promise, resolve } = Promise.withResolvers<SwitchoverResult>()
  interruption.onEnd = (failover) => {
    const { from, to } = failover
    const problem = `The other instance ended before it took over, so the instance of cluster ${from} keeps the traffic.`
    resolve(from === to ? { lbId, problem } : { lbId, failover })
  }
  const late = { lbId, problem: 'The instance does not answer in time.' }
  const timer = setTimeout(resolve, SWITCHOVER_MS_MAX, late)
  const result = await promise
  clearTimeout(timer)
  interruption.onEnd = null
  return result
}
