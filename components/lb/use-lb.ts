'use client'
import { useQuery } from '@tanstack/react-query'
import { browserQuery } from '#lib/client/api-query.ts'
import { lbInterval, lbObserved, lbOverview, observedInterval } from '#lib/client/lb-queries.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { lbBackends, lbFrontends, lbRoutes } from '#lib/client/rule-queries.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'

const rulesInterval = () => pollInterval(5000)

/** One load balancer, live. */
export function useOverview(id: string) {
  return useQuery({
    ...browserQuery(lbOverview(id)),
    refetchInterval: ({ state }) => lbInterval(state.data ? [state.data] : []),
  })
}

/** What the nodes report of it, live. */
export function useObserved(id: string) {
  return useQuery({ ...browserQuery(lbObserved(id)), refetchInterval: observedInterval })
}

type LbKey = Pick<Lb, 'id'> & { region: Region }

/** Its frontend rules, which others may change meanwhile. */
export function useFrontends(lb: LbKey) {
  return useQuery({ ...browserQuery(lbFrontends(lb)), refetchInterval: rulesInterval })
}

/** Its backend rules, which others may change meanwhile. */
export function useBackends(lb: LbKey) {
  return useQuery({ ...browserQuery(lbBackends(lb)), refetchInterval: rulesInterval })
}

/** The routes of its frontends, which others may change meanwhile. */
export function useRoutes(lb: LbKey) {
  return useQuery({ ...browserQuery(lbRoutes(lb)), refetchInterval: rulesInterval })
}
