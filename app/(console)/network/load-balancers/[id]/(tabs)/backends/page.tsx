import type { Metadata } from 'next'
import { BackendsTab } from '#components/lb/rules/backends-tab.tsx'
import { lbObserved } from '#lib/client/lb-queries.ts'
import { lbBackends, lbFrontends } from '#lib/client/rule-queries.ts'
import { Prefetched } from '../../../../prefetched.tsx'
import { lbPageTitle, pageOverview } from '../../overview.ts'
import type { LbPageProps } from '../../page-props.ts'

export async function generateMetadata({ params }: LbPageProps): Promise<Metadata> {
  return { title: await lbPageTitle((await params).id, 'Backend rules') }
}

export default async function BackendRulesPage({ params }: LbPageProps) {
  const { id } = await params
  const overview = await pageOverview(id)
  const rules = overview ? [lbBackends(overview.lb), lbFrontends(overview.lb)] : []
  return (
    <Prefetched queries={[lbObserved(id), ...rules]}>
      <BackendsTab id={id} />
    </Prefetched>
  )
}
