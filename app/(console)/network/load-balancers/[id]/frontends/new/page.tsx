import type { Metadata } from 'next'
import { CreateFrontendForm } from '#components/lb/rules/create-frontend-form.tsx'
import { lbOverview } from '#lib/client/lb-queries.ts'
import { lbBackends, lbFrontends } from '#lib/client/rule-queries.ts'
import { Prefetched } from '../../../../prefetched.tsx'
import { pageOverview } from '../../overview.ts'
import type { LbPageProps } from '../../page-props.ts'

export const metadata: Metadata = { title: 'Create a frontend rule' }

export default async function CreateFrontendRulePage({ params }: LbPageProps) {
  const { id } = await params
  const overview = await pageOverview(id)
  const rules = overview ? [lbFrontends(overview.lb), lbBackends(overview.lb)] : []
  return (
    <Prefetched queries={[lbOverview(id), ...rules]}>
      <CreateFrontendForm id={id} />
    </Prefetched>
  )
}
