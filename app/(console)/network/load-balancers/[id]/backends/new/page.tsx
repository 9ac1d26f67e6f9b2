import type { Metadata } from 'next'
import { CreateBackendForm } from '#components/lb/rules/create-backend-form.tsx'
import { lbOverview } from '#lib/client/lb-queries.ts'
import { lbBackends } from '#lib/client/rule-queries.ts'
import { Prefetched } from '../../../../prefetched.tsx'
import { pageOverview } from '../../overview.ts'
import type { LbPageProps } from '../../page-props.ts'

export const metadata: Metadata = { title: 'Create a backend rule' }

export default async function CreateBackendRulePage({ params }: LbPageProps) {
  const { id } = await params
  const overview = await pageOverview(id)
  const rules = overview ? [lbBackends(overview.lb)] : []
  return (
    <Prefetched queries={[lbOverview(id), ...rules]}>
      <CreateBackendForm id={id} />
    </Prefetched>
  )
}
