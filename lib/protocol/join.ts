import { createHash } from 'node:crypto'
import * as z from 'zod'
import { Cluster, Region } from '#lib/core/locality.ts'
import { EgressPolicy } from './egress-policy.ts'
import { NodeName } from './node-name.ts'

/**
 * A join token: `fl1.PIN.SECRET`. PIN is the SHA-256 of the installation's CA certificate (DER), by which the joining host
 * checks the control plane before it sends the secret, which works once.
 */
export type JoinToken = { pin: string; secret: string }

const TOKEN = /^fl1\.([\w-]{43})\.([\w-]{32,})$/

export function formatJoinToken({ pin, secret }: JoinToken): string {
  return `fl1.${pin}.${secret}`
}

/** @returns null if the text is no join token */
export function parseJoinToken(text: string): JoinToken | null {
  const [, pin, secret] = TOKEN.exec(text) ?? []
  return pin && secret ? { pin, secret } : null
}

/** The pin of a CA certificate, base64url. @param der the certificate, DER */
export function pinOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('base64url')
}

export const JOIN_PATH = '/nodes/v1/join'
export const RENEW_PATH = '/nodes/v1/certificate'

/** How long a node's certificate is valid. The node renews it when two thirds of that are over. */
export const NODE_CERTIFICATE_DAYS = 7

/** `POST /nodes/v1/join`, the only call of the node listener without a client certificate. */
export const JoinRequest = z.object({
  secret: z.string(),
  /** PKCS #10, PEM. Its subject is ignored: the token says who the node is. */
  csr: z.string(),
  /** The host's name, and its address for VRRP adverts and traffic. */
  host: z.string().min(1).max(253),
  address: z.ipv4(),
  version: z.string().max(100),
})
export type JoinRequest = z.infer<typeof JoinRequest>

/** The network of a region's HA IPs, and the interface where hosts have them: `10.99.1.0/24`, `eth0`. */
export const AddressNetwork = z.object({ network: z.cidrv4(), interface: z.string() })
export type AddressNetwork = z.infer<typeof AddressNetwork>

export const JoinResponse = z.object({
  node: z.object({ id: z.string(), name: NodeName, region: Region, cluster: Cluster }),
  /** PEM: the node's certificate, valid for 7 days, and the CA's. */
  certificate: z.string(),
  ca: z.string(),
  networks: z.array(AddressNetwork),
  egress: EgressPolicy,
})
export type JoinResponse = z.infer<typeof JoinResponse>

/** `POST /nodes/v1/certificate`, with the certificate that ends: the next one, for the key of the request. */
export const RenewRequest = z.object({ csr: z.string() })
export const RenewResponse = JoinResponse

/** The DNS name in the server's certificate, which clients verify whatever address they dial. */
export const SERVER_NAME = 'control-plane.fairlead'
