'use client'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { liveTopology } from '../topology/live-topology.ts'
import { TopologyPicture } from '../topology/topology-picture.tsx'
import { useBackends, useFrontends, useObserved, useRoutes } from '../use-lb.ts'

/** A picture of the load balancer with its active instance and its servers' health. */
export function LivePicture({ lb }: { lb: Lb }) {
  const { data: observed, dataUpdatedAt } = useObserved(lb.id)
  const frontends = useFrontends(lb)
  const backends = useBackends(lb)
  const { data: routes = [] } = useRoutes(lb)
  if (!frontends.data || !backends.data) {
    const failed = [frontends, backends].find(({ error }) => error)
    return failed ? <RefreshWarning query={failed} /> : <Skeleton className="h-40" />
  }
  const live = { lb, observed, frontends: frontends.data, backends: backends.data, routes }
  return (
    <TopologyPicture topology={liveTopology(live, dataUpdatedAt)} label={`Picture of ${lb.name}`} />
  )
}
