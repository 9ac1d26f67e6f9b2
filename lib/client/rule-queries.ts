import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Region } from '#lib/core/locality.ts'
import type { Route } from '#lib/core/route.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import { allPages, type Read } from './read.ts'

type LbKey = { id: string; region: Region }

/** A load balancer's frontend rules, the oldest first. */
export function lbFrontends({ id, region }: LbKey): Read<Frontend[]> {
  return {
    queryKey: [...LBS_KEY, id, 'frontends'],
    read: (get) => allPages(get, apiPath.frontends(region, id), 'frontends'),
  }
}

/** A load balancer's backend rules, the oldest first. */
export function lbBackends({ id, region }: LbKey): Read<Backend[]> {
  return {
    queryKey: [...LBS_KEY, id, 'backends'],
    read: (get) => allPages(get, apiPath.backends(region, id), 'backends'),
  }
}

/** The routes of all of a load balancer's frontends, the oldest first. */
export function lbRoutes({ id, region }: LbKey): Read<Route[]> {
  return {
    queryKey: [...LBS_KEY, id, 'routes'],
    read: (get) => allPages(get, apiPath.routes(region, { lb_id: id }), 'routes'),
  }
}
