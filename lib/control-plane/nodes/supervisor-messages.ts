import type { SupervisorToControlPlane } from '#lib/protocol/supervision.ts'
import type { Switchovers } from '../failovers/switchovers.ts'
import type { Fleet } from './observed/fleet.ts'
import type { NodeRegistry } from './registry/node-registry.ts'
import { registerLocalNodes } from './registry/register-local-nodes.ts'

type Receivers = { registry: NodeRegistry; fleet: Fleet; switchovers: Switchovers }

/** Passes on what the supervisor reports. Resolves when it is recorded. */
export async function receiveFromSupervisor(
  { registry, fleet, switchovers }: Receivers,
  message: SupervisorToControlPlane,
): Promise<void> {
  if (message.type === 'nodes') await registerLocalNodes(registry, message.nodes)
  else if (message.type === 'hung') fleet.setHung(message.nodes)
  else if (message.type === 'failed_over' || message.type === 'moved') {
    await switchovers.receive(message)
  }
}
