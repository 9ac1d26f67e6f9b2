import type { SwitchoverResult } from '#lib/core/failover.ts'
import { millisecondsText } from '../failover/failover-text.ts'

/** The result of a drain or rebalance: how many load balancers moved, the longest interruption, and what could not move. */
export function moveResultText({ failovers, problem }: SwitchoverResult): string {
  const count = failovers.length
  const longest = millisecondsText(Math.max(0, ...failovers.map(({ gap_ms }) => gap_ms)))
  const moved =
    count === 0
      ? 'Nothing had to be moved.'
      : count === 1
        ? `1 load balancer was switched over. New connections waited ${longest}; none was lost.`
        : `${count} load balancers were switched over. New connections waited ${longest} at most; none was lost.`
  if (!problem) return moved
  return count === 0 ? problem : `${moved} ${problem}`
}

/** "1 load balancer", "3 load balancers" */
export const lbCount = (count: number) => `${count} load balancer${count === 1 ? '' : 's'}`
