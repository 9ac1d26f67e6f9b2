'use client'
import { useQuery } from '@tanstack/react-query'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { nodeList } from '#lib/client/node-queries.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { LostNode } from './lost-node.tsx'
import { isLost } from './node-state.ts'

/** All nodes, kept up to date. */
export function useNodes() {
  return useQuery({ ...browserQuery(nodeList()), refetchInterval: () => pollInterval(5000) })
}

/** The lost nodes that load balancers are placed on, with a link to the page Nodes. */
export function LostNodes() {
  const lost = useNodes().data?.nodes.filter((node) => isLost(node) && hasLbs(node)) ?? []
  return lost.map((node) => (
    <LostNode
      key={node.id}
      node={node}
      action={
        <ButtonLink size="small" href={consolePath.nodes()}>
          Go to Nodes
        </ButtonLink>
      }
    />
  ))
}

const hasLbs = ({ outage }: NodeStatus) => (outage?.lbs ?? 0) > 0
