import { CLUSTERS, type Cluster, type Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'

/** A node that this machine may run. */
export type LocalNode = { name: NodeName; region: Region; cluster: Cluster }

/** One machine runs both nodes of every region, one in each cluster. */
const LOCAL_NODES: readonly LocalNode[] = REGIONS.flatMap((region) =>
  CLUSTERS.map((cluster) => ({ name: `${region}-${cluster}` as const, region, cluster })),
)
const BY_NAME = new Map<string, LocalNode>(LOCAL_NODES.map((node) => [node.name, node]))

/** @throws Error for a name that no local node has */
export function localNode(name: string): LocalNode {
  const node = BY_NAME.get(name)
  if (!node) throw new Error(`No local node is named ${name}.`)
  return node
}

/** The nodes of a region, or of all regions. */
export function localNodes(region?: Region): readonly LocalNode[] {
  return region ? LOCAL_NODES.filter((node) => node.region === region) : LOCAL_NODES
}
