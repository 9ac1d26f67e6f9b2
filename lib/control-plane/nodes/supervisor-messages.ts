import type { SupervisorToControlPlane } from '#lib/protocol/supervision.ts'
import type { Switchovers } from '../failovers/switchovers.ts'
import type { HostConnections } from './hosts/host-connections.ts'
import type { Fleet } from './observed/fleet.ts'
import type { NodeRegistry } from './registry/node-registry.ts'
import { registerLocalNodes } from './registry/register-local-nodes.ts'

type Receivers = {
  registry: NodeRegistry
  fleet: Fleet
  switchovers: Switchovers
  hosts: HostConnections
}

/** Passes on what the supervisor reports. Resolves when it is recorded. */
export async function receiveFromSupervisor(
  { registry, fleet, switchovers, hosts }: Receivers,
  message: SupervisorToControlPlane,
): Promise<void> {
  if (message.type === 'nodes') await registerLocalNodes(registry, message.nodes)
  else if (message.type === 'hung') fleet.setHung(message.nodes)
  else if (message.type === 'failed_over' || message.type === 'moved') {
    await switchovers.receive(message)
  } else if (message.type === 'host_report') await hosts.receiveLocal(message.node, message.report)
}
