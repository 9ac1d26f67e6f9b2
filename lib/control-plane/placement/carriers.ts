import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { StoredPair } from './pairs.ts'

/** Who owns a carrier: the node of a cluster, both, or none. */
export type CarrierOwner = Cluster | 'both' | null

export const otherCluster = (cluster: Cluster): Cluster => (cluster === 'a' ? 'b' : 'a')

/** What a node's host reports of a pair; null if it is not connected, or doesn't run the pair yet. */
export function pairReport(hosts: HostReports, nodeId: string, { number }: StoredPair) {
  return hosts.carriersOf(nodeId)?.pairs.find(({ pair }) => pair === number) ?? null
}

/** The owner of each carrier, as the connected hosts report. */
export function carrierOwners(hosts: HostReports, pair: StoredPair): Record<Cluster, CarrierOwner> {
  const reports = { a: pairReport(hosts, pair.a, pair), b: pairReport(hosts, pair.b, pair) }
  const ownerOf = (carrier: Cluster): CarrierOwner => {
    const owners = CLUSTERS.filter((cluster) => reports[cluster]?.[carrier] === 'owner')
    return owners.length === 2 ? 'both' : (owners[0] ?? null)
  }
  return { a: ownerOf('a'), b: ownerOf('b') }
}

/** Whether both hosts of a pair run it, and each of its carriers has one owner. */
export function isElected(hosts: HostReports, pair: StoredPair): boolean {
  const both = [pair.a, pair.b].every((nodeId) => pairReport(hosts, nodeId, pair) !== null)
  const { a, b } = carrierOwners(hosts, pair)
  return both && [a, b].every((owner) => owner !== null && owner !== 'both')
}
