import { hostname } from 'node:os'
import {
  hashNodeCredential,
  type NodeRegistration,
  newNodeCredential,
} from '#lib/protocol/node-registration.ts'
import type { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import type { LocalNode } from './local-nodes.ts'

/** With what a node proves to the control plane that it is this node. */
export type NodeAccess = Pick<NodeSettings, 'credential' | 'identityFile'>

/**
 * The credentials of the nodes on this machine, new at every start of the supervisor. Each node gets its own; the control plane gets
 * their hashes.
 */
export class NodeCredentials {
  readonly #byNode = new Map<LocalNode, string>()
  readonly #address: string | null

  /** @param address the IPv4 address of this machine for pairs with other hosts; null if it shares no HA IPs with them */
  constructor(address: string | null = null) {
    this.#address = address
  }

  /** The credential of a node, which its workers share. */
  of(node: LocalNode): NodeAccess {
    const credential = this.#byNode.get(node) ?? newNodeCredential()
    this.#byNode.set(node, credential)
    return { credential, identityFile: null }
  }

  /** The registrations of all nodes that have a credential. */
  registrations(): NodeRegistration[] {
    return [...this.#byNode].map(([node, credential]) => ({
      ...node,
      host: hostname(),
      address: this.#address,
      credential_hash: hashNodeCredential(credential),
    }))
  }
}
