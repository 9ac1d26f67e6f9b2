import type { ControlPlaneList } from '#lib/core/control-planes.ts'
import type { Region } from '#lib/core/locality.ts'
import type { NodeList } from '#lib/core/node.ts'
import type { RegionPlacement } from '#lib/core/placement.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'
import { LB_LISTS_KEY } from './lb-queries.ts'

/** Events about load balancers refetch the nodes, as they do lists: they have how many load balancers are on each. */
export const NODES_KEY = [...LB_LISTS_KEY, 'nodes'] as const

/** The nodes of all regions, and those that are to join. */
export function nodeList(): ApiQuery<NodeList> {
  return { queryKey: NODES_KEY, fetch: (get) => get(apiPath.nodes()) }
}

/** The control planes that share the database. */
export function controlPlaneList(): ApiQuery<ControlPlaneList> {
  return {
    queryKey: [...NODES_KEY, 'control-planes'],
    fetch: (get) => get(apiPath.controlPlanes()),
  }
}

/** Where the load balancers of a region are, and their moves. Events of nodes refetch it too. */
export function regionPlacement(region: Region): ApiQuery<RegionPlacement> {
  return {
    queryKey: [...NODES_KEY, 'placement', region],
    fetch: (get) => get(apiPath.placement(region)),
  }
}
