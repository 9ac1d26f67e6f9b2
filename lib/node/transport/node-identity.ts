import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { replaceFile } from '#lib/process/replace-file.ts'
import { EgressPolicy } from '#lib/protocol/egress-policy.ts'
import { AddressNetwork, JoinResponse } from '#lib/protocol/join.ts'

/**
 * Who a joined host is, in one file, so that its key and its certificate are always of the same time. The supervisor writes it when
 * the host joins and when it renews its certificate; node processes read it.
 */
export const NodeIdentity = z.object({
  /** Of the node listener of the control plane that the host has joined: `10.0.0.1:3443`. */
  control_plane: z.string(),
  /** Of the node listeners of all control planes, as they have said themselves. Absent until they do; those with a database file don't. */
  control_planes: z.array(z.string()).min(1).optional(),
  node: JoinResponse.shape.node,
  /** PEM: the node's private key and certificate, and the certificate of the authority that the control plane proves itself with. */
  key: z.string(),
  certificate: z.string(),
  ca: z.string(),
  /** This host's interface for HA IPs, and its IPv4 address there. */
  interface: z.string(),
  address: z.ipv4(),
  networks: z.array(AddressNetwork),
  egress: EgressPolicy,
  /** Set once the control plane has said that the node was removed: it must not serve what it served then. */
  removed: z.literal(true).optional(),
})
export type NodeIdentity = z.infer<typeof NodeIdentity>

/** @returns null if this host has not joined. @throws Error with a one-line message if the file can't be read */
export function readIdentity(file: string): NodeIdentity | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    return NodeIdentity.parse(JSON.parse(text))
  } catch {
    // The message of the SyntaxError has a part of the text, which may be the key.
    throw new Error(`${file} is damaged. Remove it, and join this host again with a new token.`)
  }
}

/** Replaces the file atomically and durably. */
export function writeIdentity(file: string, identity: NodeIdentity): void {
  replaceFile(file, `${JSON.stringify(identity, null, 2)}\n`)
}

/** The addresses where a joined host calls the control planes: `10.0.0.1:3443`. */
export function controlPlanesOf({
  control_plane,
  control_planes = [control_plane],
}: Pick<NodeIdentity, 'control_plane' | 'control_planes'>): string[] {
  return control_planes
}

/** The URL of a control plane's node listener. */
export function controlPlaneUrl(address: string): string {
  return `https://${address}`
}
