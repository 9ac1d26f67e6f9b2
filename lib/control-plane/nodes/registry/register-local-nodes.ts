import type { NodeRegistration } from '#lib/protocol/node-registration.ts'
import { isJoined, type NodeRegistry } from './node-registry.ts'

/**
 * Registers all nodes that the supervisor of this machine runs. Any other node of this machine is left from an earlier run: its
 * credential is revoked. Nodes that joined from other machines stay as they are.
 */
export async function registerLocalNodes(
  registry: NodeRegistry,
  nodes: readonly NodeRegistration[],
): Promise<void> {
  await registry.register(nodes)
  const names = new Set(nodes.map(({ name }) => name))
  const others = registry.all().filter((node) => !isJoined(node) && !names.has(node.name))
  for (const { id } of others) await registry.revoke(id)
}
