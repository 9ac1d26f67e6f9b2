import { LbFrame } from '#components/lb/lb-frame.tsx'
import { lbOverview } from '#lib/client/lb-queries.ts'
import { Prefetched } from '../../../prefetched.tsx'
import { pageOverview } from '../overview.ts'
import type { LbLayoutProps } from '../page-props.ts'

export default async function LoadBalancerLayout({ params, children }: LbLayoutProps) {
  const { id } = await params
  await pageOverview(id)
  return (
    <Prefetched queries={[lbOverview(id)]}>
      <LbFrame id={id}>{children}</LbFrame>
    </Prefetched>
  )
}
