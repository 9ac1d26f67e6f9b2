import { Authority } from '#lib/control-plane/authority/authority.ts'
import { timestamp } from '#lib/control-plane/clock.ts'
import { Store } from '#lib/control-plane/store/store.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import { VERSION } from '#lib/process/version.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { hashNodeCredential } from '#lib/protocol/node-registration.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { credentialOf } from './test-nodes.ts'

/** A node on a host of its own. */
export type HostNode = {
  id: string
  name: NodeName
  region: Region
  cluster: Cluster
  address: string
}

/** The address of the control plane's own machine. */
export const LOCAL_ADDRESS = '10.99.0.1'

/** `a1` is in cluster a, at 10.99.0.11. `a` is the local node of that cluster, at `LOCAL_ADDRESS`. */
export function hostNode(id: string, region: Region = 'fr-par'): HostNode {
  const cluster = id[0] as Cluster
  if (id === cluster) {
    return { id: `id-of-${id}`, name: `${region}-${id}`, region, cluster, address: LOCAL_ADDRESS }
  }
  const address = `10.99.0.${(cluster === 'a' ? 10 : 20) + Number(id.slice(1))}`
  return { id: `id-of-${id}`, name: `${region}-${id}`, region, cluster, address }
}

/** Adds hosts to a database that several control planes are to share, which have no nodes of their own. @param keyFile theirs */
export async function addSharedHosts(
  database: DatabaseAddress,
  keyFile: string,
  ...ids: string[]
): Promise<void> {
  const store = await Store.connect(database, keyFile, { lost: () => {}, restored: () => {} })
  await addHostNodes(
    store,
    ids.map((id) => hostNode(id)),
  )
  await store.close()
}

/** Adds nodes as if they had joined from other machines. They follow with credentials, as tests do. */
export async function addHostNodes(store: Store, nodes: readonly HostNode[]): Promise<void> {
  const at = timestamp()
  await store.transaction(Authority.system, async (writer) => {
    for (const node of nodes) {
      const row = {
        ...node,
        host: `host-of-${node.name}`,
        version: VERSION,
        state: 'joined' as const,
        certificate_expires_at: node.address === LOCAL_ADDRESS ? null : '2999-01-01T00:00:00Z',
        credential_hash: hashNodeCredential(credentialOf(node.name)),
        created_at: at,
        updated_at: at,
      }
      await writer.insertInto('nodes').values(row).execute()
    }
  })
}
