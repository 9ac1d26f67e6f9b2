import type { Metadata } from 'next'
import { FrontendsTab } from '#components/lb/rules/frontends-tab.tsx'
import { lbObserved } from '#lib/client/lb-queries.ts'
import { lbBackends, lbFrontends, lbRoutes } from '#lib/client/rule-queries.ts'
import { Prefetched } from '../../../../prefetched.tsx'
import { lbPageTitle, pageOverview } from '../../overview.ts'
import type { LbPageProps } from '../../page-props.ts'

export async function generateMetadata({ params }: LbPageProps): Promise<Metadata> {
  return { title: await lbPageTitle((await params).id, 'Frontend rules') }
}

export default async function FrontendRulesPage({ params }: LbPageProps) {
  const { id } = await params
  const overview = await pageOverview(id)
  const rules = overview
    ? [lbFrontends(overview.lb), lbBackends(overview.lb), lbRoutes(overview.lb)]
    : []
  return (
    <Prefetched queries={[lbObserved(id), ...rules]}>
      <FrontendsTab id={id} />
    </Prefetched>
  )
}
