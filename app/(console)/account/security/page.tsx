import type { Metadata } from 'next'
import { SecurityPage } from '#components/account/security/security-page.tsx'
import { ownSessions } from '#lib/client/session-queries.ts'
import { Prefetched } from '../../network/prefetched.tsx'

export const metadata: Metadata = { title: 'Security' }

export default function AccountSecurityPage() {
  return (
    <Prefetched queries={[ownSessions()]}>
      <SecurityPage />
    </Prefetched>
  )
}
