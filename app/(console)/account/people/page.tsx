import type { Metadata } from 'next'
import { PeoplePage } from '#components/account/people/people-page.tsx'
import { allPeople } from '#lib/client/people-queries.ts'
import { Prefetched } from '../../network/prefetched.tsx'

export const metadata: Metadata = { title: 'People' }

export default function AccountPeoplePage() {
  return (
    <Prefetched queries={[allPeople()]}>
      <PeoplePage />
    </Prefetched>
  )
}
