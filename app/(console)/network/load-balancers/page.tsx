import type { Metadata } from 'next'
import { DivergenceNotice } from '#components/lb/divergence/divergence-notice.tsx'
import { LbList } from '#components/lb/list/lb-list.tsx'
import { listQueryOf } from '#components/lb/list/list-query.ts'
import { lbList } from '#lib/client/lb-queries.ts'
import { Prefetched } from '../prefetched.tsx'

export const metadata: Metadata = { title: 'Load Balancer' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function LoadBalancersPage({ searchParams }: Props) {
  return (
    <Prefetched queries={[lbList(listQueryOf(await searchParams))]}>
      <div className="grid gap-5">
        <DivergenceNotice />
        <LbList />
      </div>
    </Prefetched>
  )
}
