import type { Metadata } from 'next'
import { NodesPage } from '#components/lb/nodes/nodes-page.tsx'
import { controlPlaneList, nodeList } from '#lib/client/node-queries.ts'
import { Prefetched } from '../../prefetched.tsx'

export const metadata: Metadata = { title: 'Nodes' }

export default function LoadBalancerNodesPage() {
  return (
    <Prefetched queries={[nodeList(), controlPlaneList()]}>
      <NodesPage />
    </Prefetched>
  )
}
