import type { Metadata } from 'next'
import { PrivateNetworksTab } from '#components/lb/networks/private-networks-tab.tsx'
import { lbPrivateNetworks } from '#lib/client/private-network-queries.ts'
import { Prefetched } from '../../../../prefetched.tsx'
import { lbPageTitle, pageOverview } from '../../overview.ts'
import type { LbPageProps } from '../../page-props.ts'

export async function generateMetadata({ params }: LbPageProps): Promise<Metadata> {
  return { title: await lbPageTitle((await params).id, 'Private networks') }
}

export default async function PrivateNetworksPage({ params }: LbPageProps) {
  const { id } = await params
  const overview = await pageOverview(id)
  return (
    <Prefetched queries={overview ? [lbPrivateNetworks(overview.lb)] : []}>
      <PrivateNetworksTab id={id} />
    </Prefetched>
  )
}
