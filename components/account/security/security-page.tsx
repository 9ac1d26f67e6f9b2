'use client'
import { useQuery } from '@tanstack/react-query'
import { RefreshWarning, UpdatedAt } from '#components/lb/refresh-state.tsx'
import { Card } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { ownSessions } from '#lib/client/session-queries.ts'
import { ChangePasswordForm } from './change-password-form.tsx'
import { SessionTable } from './session-table.tsx'

const INTERVAL_MS = 10_000

/** The account's sessions and password. */
export function SecurityPage() {
  const query = useQuery({ ...browserQuery(ownSessions()), refetchInterval: INTERVAL_MS })
  const { data } = query
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Security"
        description="Where you are logged in, and your password."
        actions={data && <UpdatedAt query={query} />}
      />
      <RefreshWarning query={query} />
      {data && <SessionTable sessions={data} />}
      <Card title="Password">
        <ChangePasswordForm />
      </Card>
    </div>
  )
}
