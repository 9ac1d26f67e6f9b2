import { hostname } from 'node:os'
import type { NodeName } from '#lib/protocol/node-name.ts'
import {
  hashNodeCredential,
  type NodeRegistration,
  newNodeCredential,
} from '#lib/protocol/node-registration.ts'
import { localNode } from './local-nodes.ts'

/**
 * The credential of each node that runs here, new with every start of the supervisor. A node gets its own one; the
 * control plane gets hashes.
 */
export class NodeCredentials {
  readonly #byNode = new Map<NodeName, string>()

  /** The same for all worker processes of a node. */
  of(node: NodeName): string {
    const credential = this.#byNode.get(node) ?? newNodeCredential()
    this.#byNode.set(node, credential)
    return credential
  }

  /** Every node that has been given a credential. */
  registrations(): NodeRegistration[] {
    return [...this.#byNode].map(([node, credential]) => ({
      ...localNode(node),
      host: hostname(),
      credential_hash: hashNodeCredential(credential),
    }))
  }
}
