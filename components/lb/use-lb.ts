'use client'
import { useQuery } from '@tanstack/react-query'
import { browserQuery } from '#lib/client/api-query.ts'
import { lbInterval, lbObserved, lbOverview, observedInterval } from '#lib/client/lb-queries.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { lbBackends, lbFrontends, lbRoutes } from '#lib/client/rule-queries.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'

const rulesInterval = () => pollInterval(5000)

/** A load balancer, kept up to date. */
export function useOverview(id: string) {
  return useQuery({
    ...browserQuery(lbOverview(id)),
    refetchInterval: ({ state }) => lbInterval(state.data ? [state.data] : []),
  })
}

/** Its observed state, kept up to date. */
export function useObserved(id: string) {
  return useQuery({ ...browserQuery(lbObserved(id)), refetchInterval: observedInterval })
}

type LbKey = Pick<Lb, 'id'> & { region: Region }

/** Its frontend rules, kept up to date. */
export function useFrontends(lb: LbKey) {
  return useQuery({ ...browserQuery(lbFrontends(lb)), refetchInterval: rulesInterval })
}

/** Its backend rules, kept up to date. */
export function useBackends(lb: LbKey) {
  return useQuery({ ...browserQuery(lbBackends(lb)), refetchInterval: rulesInterval })
}

/** The routes of its frontends, kept up to date. */
export function useRoutes(lb: LbKey) {
  return useQuery({ ...browserQuery(lbRoutes(lb)), refetchInterval: rulesInterval })
}
