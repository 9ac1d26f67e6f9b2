import type { Metadata } from 'next'
import { DivergenceNotice } from '#components/lb/divergence/divergence-notice.tsx'
import { LbList } from '#components/lb/list/lb-list.tsx'
import { LB_LIST_PARAMETERS } from '#components/lb/list/list-filters.tsx'
import { LostNodes } from '#components/lb/nodes/lost-nodes.tsx'
import { readUrlState } from '#components/ui/url-state.ts'
import { lbList } from '#lib/client/lb-queries.ts'
import { nodeList } from '#lib/client/node-queries.ts'
import { Prefetched } from '../prefetched.tsx'

export const metadata: Metadata = { title: 'Load Balancer' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function LoadBalancersPage({ searchParams }: Props) {
  return (
    <Prefetched
      queries={[lbList(readUrlState(LB_LIST_PARAMETERS, await searchParams)), nodeList()]}
    >
      <div className="grid gap-5">
        <DivergenceNotice />
        <LostNodes />
        <LbList />
      </div>
    </Prefetched>
  )
}
