import type { Metadata } from 'next'
import { CertificatesTab } from '#components/lb/certificates/certificates-tab.tsx'
import { lbCertificates } from '#lib/client/certificate-queries.ts'
import { Prefetched } from '../../../../prefetched.tsx'
import { pageOverview } from '../../overview.ts'
import type { LbPageProps } from '../../page-props.ts'

export async function generateMetadata({ params }: LbPageProps): Promise<Metadata> {
  const overview = await pageOverview((await params).id)
  return { title: `Certificates · ${overview?.lb.name ?? 'Load Balancer'}` }
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
