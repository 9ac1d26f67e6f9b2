import type { Fleet } from '../nodes/observed/fleet.ts'

/** Whether a node could accept a load balancer's connections: it has applied the generation, and has a socket for each port. */
export function isPrepared(
  fleet: Fleet,
  nodeId: string,
  lbId: string,
  generation: number,
): boolean {
  const instance = fleet.instanceOn(nodeId, lbId)
  if (instance?.applied !== generation) return false
  return instance.report.listeners.every(
    ({ state }) => state === 'standby' || state === 'listening',
  )
}
