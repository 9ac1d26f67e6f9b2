import type { Cluster, Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { NodeRegistration } from '#lib/protocol/node-registration.ts'
import type { Writer } from '../../store/reader.ts'
import type { Signal } from '../../store/signal.ts'

/** The node that a credential or a certificate belongs to. */
export type AuthenticatedNode = {
  node: RegisteredNode
  /** Aborted when the node is revoked or removed, or its credential replaced; streams that it opened end then. */
  revoked: AbortSignal
}

/** A node that joins from another machine. */
export type JoiningNode = Omit<RegisteredNode, 'state' | 'certificate_expires_at'> & {
  certificate_expires_at: string
}

/** Whether a node has joined from another machine, so that it has a certificate instead of a credential. */
export const isJoined = (node: Pick<RegisteredNode, 'certificate_expires_at'>): boolean =>
  node.certificate_expires_at !== null

/**
 * The nodes of the installation: those that the supervisor of this machine runs, each with a credential, and those that joined from
 * other machines, each with a certificate. Reads are from memory: every report and every view of a load balancer needs them.
 * `node-registry.test.ts` is the contract.
 */
export interface NodeRegistry {
  /** Notified when nodes were added, changed or removed. */
  readonly changed: Signal
  /**
   * Calls `listener` with the id of each node that was removed for good, here or by another process, until the returned function is
   * called.
   */
  subscribeRemoved(listener: (nodeId: string) => void): () => void
  /** Adds nodes of this machine, or updates those of the same name, which keep their id. A new credential replaces the former one. */
  register(nodes: readonly NodeRegistration[]): Promise<void>
  /** Refuses a node's credential from now on, until it is registered again. */
  revoke(nodeId: string): Promise<void>
  /**
   * Adds a node of another machine, in the caller's transaction.
   * @returns what to call after the commit: the node counts from then on
   * @throws if a node that isn't revoked has its name
   */
  join(writer: Writer, node: JoiningNode): Promise<() => void>
  /**
   * Removes a node for good, in the caller's transaction.
   * @returns what to call after the commit: the node is refused from then on, and its streams end
   */
  remove(writer: Writer, nodeId: string): Promise<() => void>
  /** Changes the address of a joined node's host, in the caller's transaction. @returns what to call after the commit */
  changeAddress(writer: Writer, nodeId: string, address: string): Promise<() => void>
  /** A node has renewed its certificate. */
  noteCertificate(nodeId: string, expiresAt: string): Promise<void>
  /** A node has connected for the first time, or with another version than before. */
  noteJoined(nodeId: string, version: string): Promise<void>
  /** A node has been heard of. */
  noteSeen(nodeId: string): void
  /** When a node was last heard of, RFC 3339; null if it never was. */
  lastSeen(nodeId: string): string | null
  /** @returns null for a credential that no node has, or that was revoked */
  authenticate(credential: string): AuthenticatedNode | null
  /** @param nodeId as a valid certificate names it. @returns null if no node with a certificate has it any more */
  authenticateCertificate(nodeId: string): AuthenticatedNode | null
  /** Every node, by name, with those that are revoked. */
  all(): readonly RegisteredNode[]
  /** @param key a name or an id. @returns null if no node has it, or the node is revoked */
  find(key: string): RegisteredNode | null
  /** The nodes on one cluster of a region, by name, without those that are revoked. */
  onCluster(region: Region, cluster: Cluster): readonly RegisteredNode[]
  /** Saves what is in memory only. */
  stop(): Promise<void>
}
