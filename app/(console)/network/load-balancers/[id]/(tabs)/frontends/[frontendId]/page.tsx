import type { Metadata } from 'next'
import { FrontendRouting } from '#components/lb/routing/frontend-routing.tsx'
import { lbBackends, lbFrontends, lbRoutes } from '#lib/client/rule-queries.ts'
import { Prefetched } from '../../../../../prefetched.tsx'
import { lbPageTitle, pageOverview } from '../../../overview.ts'

type Props = { params: Promise<{ id: string; frontendId: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: await lbPageTitle((await params).id, 'Routes and ACLs') }
}

export default async function FrontendRoutingPage({ params }: Props) {
  const { id, frontendId } = await params
  const overview = await pageOverview(id)
  const queries = overview
    ? [lbFrontends(overview.lb), lbBackends(overview.lb), lbRoutes(overview.lb)]
    : []
  return (
    <Prefetched queries={queries}>
      <FrontendRouting id={id} frontendId={frontendId} />
    </Prefetched>
  )
}
