import type { Metadata } from 'next'
import { IpList } from '#components/ip/ip-list.tsx'
import { allIps } from '#lib/client/ip-queries.ts'
import { allLbs } from '#lib/client/lb-queries.ts'
import { Prefetched } from '../prefetched.tsx'

export const metadata: Metadata = { title: 'IP addresses' }

export default function IpAddressesPage() {
  return (
    <Prefetched queries={[allIps(), allLbs()]}>
      <IpList />
    </Prefetched>
  )
}
