'use client'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { browserQuery } from '#lib/client/api-query.ts'
import { divergenceList } from '#lib/client/divergence-queries.ts'
import { pollInterval } from '#lib/client/live-state.ts'

/** Loaded on demand: divergences are rare. */
const DivergenceBanner = dynamic(() =>
  import('./divergence-banner.tsx').then((module) => module.DivergenceBanner),
)

/** The divergence of one load balancer, or of all; nothing where there is none. */
export function DivergenceNotice({ lbId }: { lbId?: string }) {
  const { data } = useQuery({
    ...browserQuery(divergenceList()),
    refetchInterval: () => pollInterval(5000),
  })
  const divergences = data?.divergences.filter(({ lb_id }) => !lbId || lb_id === lbId) ?? []
  return divergences.length === 0 ? null : (
    <DivergenceBanner divergences={divergences} detailed={!lbId} />
  )
}
