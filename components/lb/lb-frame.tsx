'use client'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { TabLinks } from '#components/ui/tab-links.tsx'
import { isNotFound } from '#lib/client/api-error.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { LbStatusBadge } from './lb-status-badge.tsx'
import { RefreshWarning, UpdatedAt } from './refresh-state.tsx'
import { useOverview } from './use-lb.ts'

/** The header and the tabs of a load balancer's pages. */
export function LbFrame({ id, children }: { id: string; children: ReactNode }) {
  const query = useOverview(id)
  if (!query.data) return <RefreshWarning query={query} />
  const { lb } = query.data
  const tabs = [
    { href: consolePath.loadBalancer(id), label: 'Overview' },
    { href: consolePath.frontends(id), label: 'Frontend rules', count: lb.frontend_count },
    { href: consolePath.backends(id), label: 'Backend rules', count: lb.backend_count },
    { href: consolePath.certificates(id), label: 'Certificates' },
    {
      href: consolePath.privateNetworks(id),
      label: 'Private networks',
      count: lb.private_network_count || undefined,
    },
    { href: consolePath.history(id), label: 'History' },
  ]
  return (
    <div className="grid gap-5">
      <PageHeader
        parent={<Link href={consolePath.loadBalancers()}>Load Balancer</Link>}
        title={lb.name}
        badge={<LbStatusBadge status={lb.status} />}
        description={lb.description || undefined}
        actions={<UpdatedAt query={query} />}
      />
      <TabLinks label="Load balancer" tabs={tabs} />
      {isNotFound(query.error) ? <Deleted /> : <RefreshWarning query={query} />}
      {children}
    </div>
  )
}

function Deleted() {
  return (
    <Alert
      tone="warn"
      title="This load balancer has been deleted."
      action={
        <ButtonLink size="small" href={consolePath.loadBalancers()}>
          See all load balancers
        </ButtonLink>
      }
    />
  )
}
