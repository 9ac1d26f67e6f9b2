import type { Metadata } from 'next'
import { LbOverviewTab } from '#components/lb/overview/lb-overview-tab.tsx'
import { lbObserved } from '#lib/client/lb-queries.ts'
import { lbBackends, lbFrontends, lbRoutes } from '#lib/client/rule-queries.ts'
import { visitedApiUrl } from '../../../../visited-api-url.ts'
import { Prefetched } from '../../../prefetched.tsx'
import { lbPageTitle, pageOverview } from '../overview.ts'
import type { LbPageProps } from '../page-props.ts'

export async function generateMetadata({ params }: LbPageProps): Promise<Metadata> {
  return { title: await lbPageTitle((await params).id) }
}

export default async function LoadBalancerPage({ params }: LbPageProps) {
  const { id } = await params
  const overview = await pageOverview(id)
  const rules = overview
    ? [lbFrontends(overview.lb), lbBackends(overview.lb), lbRoutes(overview.lb)]
    : []
  return (
    <Prefetched queries={[lbObserved(id), ...rules]}>
      <LbOverviewTab id={id} apiUrl={await visitedApiUrl()} />
    </Prefetched>
  )
}
