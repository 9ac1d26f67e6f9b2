import type { NodeRegistration } from '#lib/protocol/node-registration.ts'
import type { NodeRegistry } from './node-registry.ts'

/**
 * Registers all nodes that the supervisor runs. It runs all there are, so any other is left from an earlier run: its
 * credential is revoked.
 */
export async function registerLocalNodes(
  registry: NodeRegistry,
  nodes: readonly NodeRegistration[],
): Promise<void> {
  await registry.register(nodes)
  const names = new Set(nodes.map(({ name }) => name))
  for (const { id, name } of registry.all()) if (!names.has(name)) await registry.revoke(id)
}
