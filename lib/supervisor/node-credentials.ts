import { hostname } from 'node:os'
import type { NodeName } from '#lib/protocol/node-name.ts'
import {
  hashNodeCredential,
  type NodeRegistration,
  newNodeCredential,
} from '#lib/protocol/node-registration.ts'
import { localNode } from './local-nodes.ts'

/**
 * The credentials of the nodes on this machine, new at every start of the supervisor. Each node gets its own; the control plane gets
 * their hashes.
 */
export class NodeCredentials {
  readonly #byNode = new Map<NodeName, string>()

  /** The credential of a node, which its workers share. */
  of(node: NodeName): string {
    const credential = this.#byNode.get(node) ?? newNodeCredential()
    this.#byNode.set(node, credential)
    return credential
  }

  /** The registrations of all nodes that have a credential. */
  registrations(): NodeRegistration[] {
    return [...this.#byNode].map(([node, credential]) => ({
      ...localNode(node),
      host: hostname(),
      address: null,
      credential_hash: hashNodeCredential(credential),
    }))
  }
}
