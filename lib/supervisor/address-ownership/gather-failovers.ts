import type { Failover } from '#lib/core/failover.ts'
import { SWITCHOVER_MS_MAX } from './address-ownership.ts'

/**
 * Gathers the failovers of takeovers that begin together.
 * @param count how many there are
 * @param begin begins them; each calls `onEnd` when the node accepts
 * @returns those that ended within `SWITCHOVER_MS_MAX`
 */
export async function gatherFailovers(
  count: number,
  begin: (onEnd: (failover: Failover) => void) => void,
): Promise<Failover[]> {
  const failovers: Failover[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  begin((failover) => {
    failovers.push(failover)
    if (failovers.length === count) resolve()
  })
  const timer = setTimeout(resolve, SWITCHOVER_MS_MAX)
  await promise
  clearTimeout(timer)
  return failovers
}
