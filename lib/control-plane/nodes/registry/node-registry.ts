import type { Cluster, Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { NodeRegistration } from '#lib/protocol/node-registration.ts'

/** The node that a credential belongs to. */
export type AuthenticatedNode = {
  node: RegisteredNode
  /** Aborted when the credential is revoked or replaced; streams that it opened end then. */
  revoked: AbortSignal
}

/**
 * The nodes of the installation and the credential of each. Reads are from memory: every report and every view of a load
 * balancer needs them. `node-registry.test.ts` is the contract.
 */
export interface NodeRegistry {
  /** Adds nodes, or updates those of the same name, which keep their id. A new credential replaces the former one. */
  register(nodes: readonly NodeRegistration[]): Promise<void>
  /** Refuses a node's credential from now on, until it is registered again. */
  revoke(nodeId: string): Promise<void>
  /** A node has connected for the first time, or with another version than before. */
  noteJoined(nodeId: string, version: string): Promise<void>
  /** @returns null for a credential that no node has, or that was revoked */
  authenticate(credential: string): AuthenticatedNode | null
  /** Every node, by name, with those that are revoked. */
  all(): readonly RegisteredNode[]
  /** @param key a name or an id. @returns null if no node has it, or the node is revoked */
  find(key: string): RegisteredNode | null
  /** The nodes on one cluster of a region, by name, without those that are revoked. */
  onCluster(region: Region, cluster: Cluster): readonly RegisteredNode[]
}
