import type { Metadata } from 'next'
import { AuditPage } from '#components/account/audit/audit-page.tsx'
import { AUDIT_PARAMETERS } from '#components/account/audit/audit-query.ts'
import { readUrlState } from '#components/ui/url-state.ts'
import { firstAuditLines } from '#lib/client/audit-queries.ts'
import { Prefetched } from '../../network/prefetched.tsx'

type Props = { searchParams: Promise<{ [name: string]: string | string[] | undefined }> }

export const metadata: Metadata = { title: 'Audit log' }

export default async function AccountAuditPage({ searchParams }: Props) {
  return (
    <Prefetched queries={[firstAuditLines(readUrlState(AUDIT_PARAMETERS, await searchParams))]}>
      <AuditPage />
    </Prefetched>
  )
}
