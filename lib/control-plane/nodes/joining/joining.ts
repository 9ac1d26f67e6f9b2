import type { Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { EgressPolicy } from '#lib/protocol/egress-policy.ts'
import type { AddressNetwork, JoinResponse } from '#lib/protocol/join.ts'
import type { CertificateAuthority, NodeCertificate } from './certificate-authority.ts'

/** What nodes of other machines join with. */
export type Joining = {
  authority: CertificateAuthority
  /** Where they connect: `10.0.0.1:3443`. */
  address: string
  networks: (region: Region) => AddressNetwork[]
  egress: EgressPolicy
}

/** What a node gets when it joins, and when it renews its certificate. */
export function joinResponse(
  { authority, networks, egress }: Joining,
  { id, name, region, cluster }: Pick<RegisteredNode, 'id' | 'name' | 'region' | 'cluster'>,
  { certificate }: NodeCertificate,
): JoinResponse {
  return {
    node: { id, name, region, cluster },
    certificate,
    ca: authority.pem,
    networks: networks(region),
    egress,
  }
}
