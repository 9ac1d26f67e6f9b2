import { fieldsOf } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import type { NewNode, NodeList, NodeStatus } from '#lib/core/node.ts'
import { hasJoined } from '../node-state.ts'

/** What the inputs of a new node hold. */
export type NewNodeValues = { region: Region; cluster: Cluster; name: string }

/** The request of a new node. @param taken the names of all nodes */
export function newNodeForm(taken: readonly string[]) {
  return formRequest({
    fields: ({ region, cluster, name }: NewNodeValues) => {
      const field = fieldsOf<NewNodeValues>()
      return {
        region: field('region', region),
        cluster: field('cluster', cluster),
        name: field('name', name.trim()),
      }
    },
    schema: async () => (await import('#lib/core/node.ts')).NewNode,
    check: ({ name }) => ({
      name:
        name.trim() === ''
          ? 'Name is required.'
          : taken.includes(name.trim())
            ? `There is a node named ${name.trim()} already.`
            : undefined,
    }),
  })
}

/** The values to begin with: a free name, and the cluster that has fewer joined nodes. */
export function newNode({ nodes, pending }: Pick<NodeList, 'nodes' | 'pending'>): NewNode {
  const region = nodes.find(hasJoined)?.region ?? nodes[0]?.region ?? 'fr-par'
  const joined = [...nodes.filter(hasJoined), ...pending].filter((one) => one.region === region)
  const countOn = (cluster: Cluster) => joined.filter((one) => one.cluster === cluster).length
  return {
    region,
    // The control plane's own machine has a node on both, so the choice is free for the first.
    cluster: countOn('a') < countOn('b') ? 'a' : 'b',
    name: freeName([...nodes, ...pending].map(({ name }) => name)),
  }
}

function freeName(taken: readonly string[]): string {
  let number = 1
  while (taken.includes(`node-${number}`)) number += 1
  return `node-${number}`
}

/** The names of a region's nodes on a cluster: "fr-par-a, node-2". */
export function nodesOn(
  nodes: readonly Pick<NodeStatus, 'name' | 'region' | 'cluster'>[],
  region: Region,
  cluster: Cluster,
): string {
  const own = nodes.filter((node) => node.region === region && node.cluster === cluster)
  return own.map(({ name }) => name).join(', ') || 'No node yet'
}
