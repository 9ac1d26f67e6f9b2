import type { SwitchoverResult } from '#lib/core/failover.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { millisecondsText } from '../failover/failover-text.ts'

/** The result of a drain or rebalance: how many load balancers moved, the longest interruption, and what could not move. */
export function moveResultText({ failovers, problem }: SwitchoverResult): string {
  const count = failovers.length
  const longest = millisecondsText(Math.max(0, ...failovers.map(({ gap_ms }) => gap_ms)))
  const moved =
    count === 0
      ? 'Nothing had to be moved.'
      : count === 1
        ? `One load balancer was moved. New connections waited ${longest}; none was lost.`
        : `${count} load balancers were moved. New connections waited ${longest} at most; none was lost.`
  if (!problem) return moved
  return count === 0 ? problem : `${moved} ${problem}`
}

/** Why a node can't be drained now; undefined if it can. */
export function drainRefusal(node: NodeStatus, nodes: readonly NodeStatus[]): string | undefined {
  if (node.active_lbs === 0) return 'It is active for no load balancer.'
  const other = nodes.find(({ name }) => name !== node.name)
  return other?.connected ? undefined : 'The other node is not running.'
}
