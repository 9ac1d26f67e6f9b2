'use client'
import { useQuery } from '@tanstack/react-query'
import { Server } from 'lucide-react'
import Link from 'next/link'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { nodeList } from '#lib/client/failover-queries.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { RegionNodes } from './region-nodes.tsx'

/** The nodes of each region with their load balancers. */
export function NodesPage() {
  const query = useQuery({ ...browserQuery(nodeList()), refetchInterval: () => pollInterval(2000) })
  const nodes = query.data?.nodes
  return (
    <div className="grid gap-5">
      <PageHeader
        parent={<Link href={consolePath.loadBalancers()}>Load Balancer</Link>}
        title="Nodes"
        description="Each region has two. A load balancer's master is on one, its backup on the other."
      />
      <RefreshWarning query={query} />
      {!nodes && !query.error && <Skeleton className="h-48" />}
      {nodes?.length === 0 && (
        <EmptyState icon={<Server aria-hidden />} title="No node is running">
          A region's nodes are started with its first load balancer.
        </EmptyState>
      )}
      {REGIONS.map((region) => {
        const own = nodes?.filter((node) => node.region === region) ?? []
        return own.length > 0 && <RegionNodes key={region} region={region} nodes={own} />
      })}
    </div>
  )
}
