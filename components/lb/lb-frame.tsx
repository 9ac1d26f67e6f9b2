'use client'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { type TabAlert, TabLinks } from '#components/ui/tab-links.tsx'
import { isNotFound } from '#lib/client/api-error.ts'
import { consolePath } from '#lib/client/console-path.ts'
import type { LbHealth } from '#lib/core/lb-health.ts'
import type { Problem } from '#lib/core/problem.ts'
import { HealthState } from './health/health-state.tsx'
import { HEALTHS, worstOf } from './health/health-text.ts'
import { useHealthInTitle, useKnownHealth } from './health/use-health.ts'
import { RefreshWarning, UpdatedAt } from './refresh-state.tsx'
import { useOverview } from './use-lb.ts'

/** The header and the tabs of a load balancer's pages. */
export function LbFrame({ id, children }: { id: string; children: ReactNode }) {
  const query = useOverview(id)
  const known = useKnownHealth(id)
  useHealthInTitle(known?.health)
  if (!query.data) return <RefreshWarning query={query} />
  const { lb } = query.data
  const { health, problems } = known ?? query.data
  const tabs = [
    { href: consolePath.loadBalancer(id), label: 'Overview' },
    {
      href: consolePath.frontends(id),
      label: 'Frontend rules',
      count: lb.frontend_count,
      alert: frontendAlert(health),
    },
    {
      href: consolePath.backends(id),
      label: 'Backend rules',
      count: lb.backend_count,
      alert: backendAlert(problems),
    },
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
        badge={<HealthState health={health} />}
        description={lb.description || undefined}
        actions={<UpdatedAt query={query} />}
      />
      <TabLinks label="Load balancer" tabs={tabs} />
      {isNotFound(query.error) ? <Deleted /> : <RefreshWarning query={query} />}
      {children}
    </div>
  )
}

/** How many frontends are not healthy. */
function frontendAlert({ frontends }: LbHealth): TabAlert | undefined {
  const worst = worstOf(frontends)
  if (worst === null) return undefined
  const tone = HEALTHS[worst].tone === 'danger' ? 'danger' : 'warn'
  return { count: frontends.length, tone, label: 'not healthy' }
}

/** How many backends have a problem that affects traffic. */
function backendAlert(problems: readonly Problem[]): TabAlert | undefined {
  const severe = problems.filter(
    ({ object, severity }) => object.type === 'backend' && severity !== 'info',
  )
  if (severe.length === 0) return undefined
  const tone = severe.some(({ severity }) => severity === 'critical') ? 'danger' : 'warn'
  const count = new Set(severe.map(({ object }) => object.id)).size
  return { count, tone, label: 'with problems' }
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
