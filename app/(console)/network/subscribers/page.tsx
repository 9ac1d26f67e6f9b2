import type { Metadata } from 'next'
import { SubscriberList } from '#components/subscribers/subscriber-list.tsx'
import { allSubscribers } from '#lib/client/subscriber-queries.ts'
import { Prefetched } from '../prefetched.tsx'

export const metadata: Metadata = { title: 'Subscribers' }

export default function SubscribersPage() {
  return (
    <Prefetched queries={[allSubscribers()]}>
      <SubscriberList />
    </Prefetched>
  )
}
