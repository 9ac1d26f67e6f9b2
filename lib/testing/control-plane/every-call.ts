import { FAIRLEAD_API, LOAD_BALANCER_API } from '#lib/control-plane/http/app.ts'
import { neededRight } from '#lib/control-plane/http/require-right.ts'

/** A call of the API. Its path contains parameters such as `{id}`. */
export type ApiCall = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
  /** The path without region or zone: `/lbs/{id}`. */
  template: string
  right: ReturnType<typeof neededRight>
}

/** Every call of Scaleway's API in a region or zone: "regions/fr-par", "zones/fr-par-1". */
export function callsAt(locality: string): ApiCall[] {
  return under(`/lb/v1/${locality}`, LOAD_BALANCER_API)
}

/** Every call of Fairlead's own API. */
export function ownCalls(): ApiCall[] {
  return under('/fairlead/v1', FAIRLEAD_API)
}

type Endpoints = readonly (readonly [
  unknown,
  readonly (Pick<ApiCall, 'method' | 'path'> & Parameters<typeof neededRight>[0])[],
])[]

function under(base: string, groups: Endpoints): ApiCall[] {
  return groups.flatMap(([, endpoints]) =>
    endpoints.map((endpoint) => ({
      method: endpoint.method,
      path: base + endpoint.path,
      template: endpoint.path,
      right: neededRight(endpoint),
    })),
  )
}
