import { type AnyRegion, type AnyZone, Region, ZONES, type Zone } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { invalidField } from './errors.ts'

/** The zone, or the region with all its zones, in a URL. It can be any of Scaleway's; most are empty here. */
export type Scope = { region: AnyRegion; zone: AnyZone | null }

/** A scope that can contain load balancers. */
export type CreateScope = { region: Region; zone: Zone | null }

/** Whether an object is in the scope. */
export function inScope(object: { region: Region; zone: Zone }, scope: Scope): boolean {
  return object.region === scope.region && (scope.zone === null || object.zone === scope.zone)
}

/** Whether the scope can contain load balancers. */
export function isServed(scope: Scope): scope is CreateScope {
  return Region.safeParse(scope.region).success
}

/** Narrows the scope of a call that creates an object. @throws ApiError 400 in Scaleway's other regions and zones */
export function createScope(scope: Scope): CreateScope {
  if (isServed(scope)) return scope
  const { region, zone } = scope
  if (zone === null) {
    const regions = REGIONS.join(' or ')
    throw invalidField('region', `Nothing can be created in region ${region}. Use ${regions}.`)
  }
  const zones = ZONES.join(', ')
  throw invalidField('zone', `Nothing can be created in zone ${zone}. Use one of ${zones}.`)
}
