import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import { RegisteredNode } from '#lib/core/node.ts'

/** A node that the supervisor runs, for the control plane's registry. */
export const NodeRegistration = RegisteredNode.pick({
  name: true,
  region: true,
  cluster: true,
  host: true,
  address: true,
}).extend({
  /** Of `hashNodeCredential`. The credential itself is known to the supervisor and the node alone. */
  credential_hash: z.string(),
})
export type NodeRegistration = z.infer<typeof NodeRegistration>

/** A credential for one node: 256 random bits, base64url. The node presents it as a bearer token. */
export function newNodeCredential(): string {
  return randomBytes(32).toString('base64url')
}

/** SHA-256, hexadecimal: a credential has too many random bits to need a slow hash. */
export function hashNodeCredential(credential: string): string {
  return createHash('sha256').update(credential).digest('hex')
}
