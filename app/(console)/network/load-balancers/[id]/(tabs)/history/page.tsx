import type { Metadata } from 'next'
import { HISTORY_PARAMETERS } from '#components/lb/history/history-query.ts'
import { HistoryTab } from '#components/lb/history/history-tab.tsx'
import { readUrlState } from '#components/ui/url-state.ts'
import { firstLbChanges, lbChangeSubjects } from '#lib/client/change-queries.ts'
import { lbBackends, lbFrontends } from '#lib/client/rule-queries.ts'
import { Prefetched } from '../../../../prefetched.tsx'
import { lbPageTitle, pageOverview } from '../../overview.ts'
import type { LbPageProps } from '../../page-props.ts'

export async function generateMetadata({ params }: LbPageProps): Promise<Metadata> {
  return { title: await lbPageTitle((await params).id, 'History') }
}

type Props = LbPageProps & { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function HistoryPage({ params, searchParams }: Props) {
  const { id } = await params
  const overview = await pageOverview(id)
  const rules = overview ? [lbFrontends(overview.lb), lbBackends(overview.lb)] : []
  const filter = readUrlState(HISTORY_PARAMETERS, await searchParams)
  return (
    <Prefetched queries={[firstLbChanges(id, filter), lbChangeSubjects(id), ...rules]}>
      <HistoryTab id={id} />
    </Prefetched>
  )
}
