'use client'
import { ArrowLeft } from 'lucide-react'
import Link from 'next/link'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useFrontends, useOverview, useRoutes } from '../use-lb.ts'
import { AclsCard } from './acls-card.tsx'
import { RoutesCard } from './routes-card.tsx'

/** The routes and ACLs of a frontend. */
export function FrontendRouting({ id, frontendId }: { id: string; frontendId: string }) {
  const overview = useOverview(id).data
  return overview ? <Loaded lb={overview.lb} frontendId={frontendId} /> : null
}

function Loaded({ lb, frontendId }: { lb: Lb; frontendId: string }) {
  const frontends = useFrontends(lb)
  const backends = useBackends(lb)
  const routes = useRoutes(lb)
  const failed = [frontends, backends, routes].find(({ error }) => error)
  const back = (
    <Link
      href={consolePath.frontend(lb.id, frontendId)}
      className="inline-flex w-fit items-center gap-1.5 text-accent hover:underline"
    >
      <ArrowLeft aria-hidden className="size-4" />
      Frontend rules
    </Link>
  )
  if (!frontends.data || !backends.data || !routes.data) {
    return failed ? <RefreshWarning query={failed} /> : <Skeleton className="h-64" />
  }
  const frontend = frontends.data.find((one) => one.id === frontendId)
  if (!frontend) {
    return (
      <div className="grid gap-4">
        {back}
        <EmptyState title="There is no such frontend rule">Someone may have deleted it.</EmptyState>
      </div>
    )
  }
  const own = routes.data.filter((route) => route.frontend_id === frontend.id)
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <div className="grid gap-2">
        {back}
        <h2 className="text-lg/7 font-semibold tracking-tight">
          Routes and ACLs of {frontend.name}
        </h2>
        <p className="text-muted">
          {frontend.backend.forward_protocol.toUpperCase()} on port {frontend.inbound_port}
        </p>
      </div>
      {failed && <RefreshWarning query={failed} />}
      <RoutesCard {...{ lb, frontend }} backends={backends.data} routes={own} />
      <AclsCard {...{ lb, frontend }} />
    </div>
  )
}
