import pino from 'pino'
import type { NodeRegistry } from '#lib/control-plane/nodes/registry/node-registry.ts'
import { StoredNodeRegistry } from '#lib/control-plane/nodes/registry/stored-node-registry.ts'
import { CLUSTERS } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { VERSION } from '#lib/process/version.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { hashNodeCredential, type NodeRegistration } from '#lib/protocol/node-registration.ts'
import type { FollowRequest } from '#lib/protocol/stream.ts'
import { openTestStore } from './test-store.ts'

export const credentialOf = (node: NodeName) => `credential-of-${node}`

/** The headers with which a node calls the control plane. */
export const nodeHeaders = (node: NodeName) => ({
  Authorization: `Bearer ${credentialOf(node)}`,
  'Content-Type': 'application/json',
})

/** One node in each cluster of each region: `fr-par-a` and so on. */
export const TEST_NODES: NodeRegistration[] = REGIONS.flatMap((region) =>
  CLUSTERS.map((cluster) => ({
    name: `${region}-${cluster}`,
    region,
    cluster,
    host: 'host-1',
    address: null,
    credential_hash: hashNodeCredential(credentialOf(`${region}-${cluster}`)),
  })),
)

/** A registry in memory that has these nodes. */
export async function testRegistry(nodes: NodeRegistration[] = TEST_NODES): Promise<NodeRegistry> {
  const store = await openTestStore()
  const registry = await StoredNodeRegistry.open(store, pino({ level: 'silent' }))
  await registry.register(nodes)
  return registry
}

/** One of `TEST_NODES`, as a registry would have it. */
export function testNode(name: NodeName): RegisteredNode {
  const registration = TEST_NODES.find((node) => node.name === name)
  if (!registration) throw new Error(`There is no node ${name}`)
  const { credential_hash: _, ...node } = registration
  const joined = { version: VERSION, state: 'joined' as const, certificate_expires_at: null }
  return { ...node, id: `id-of-${name}`, ...joined }
}

/** What a worker sends when it connects. */
export function followRequest(changes: Partial<FollowRequest> = {}): FollowRequest {
  return { known: {}, workers: 1, version: VERSION, ...changes }
}
