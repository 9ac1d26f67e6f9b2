import type { Metadata } from 'next'
import { CertificatesTab } from '#components/lb/certificates/certificates-tab.tsx'
import { lbCertificates } from '#lib/client/certificate-queries.ts'
import { Prefetched } from '../../../../prefetched.tsx'
import { lbPageTitle, pageOverview } from '../../overview.ts'
import type { LbPageProps } from '../../page-props.ts'

export async function generateMetadata({ params }: LbPageProps): Promise<Metadata> {
  return { title: await lbPageTitle((await params).id, 'Certificates') }
}

export default async function CertificatesPage({ params }: LbPageProps) {
  const { id } = await params
  const overview = await pageOverview(id)
  return (
    <Prefetched queries={overview ? [lbCertificates(overview.lb)] : []}>
      <CertificatesTab id={id} />
    </Prefetched>
  )
}
