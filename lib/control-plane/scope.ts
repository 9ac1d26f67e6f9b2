import { type AnyRegion, type AnyZone, Region, ZONES, type Zone } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { invalidField } from './errors.ts'

/** What a URL reaches: one zone, or a region with all its zones. Any of Scaleway's, as reads find nothing in the others. */
export type Scope = { region: AnyRegion; zone: AnyZone | null }

/** A scope in which load balancers can be. */
export type CreateScope = { region: Region; zone: Zone | null }

/** Whether an object lies in what the URL reaches. */
export function inScope(object: { region: Region; zone: Zone }, scope: Scope): boolean {
  return object.region === scope.region && (scope.zone === null || object.zone === scope.zone)
}

/** Whether load balancers can be in it. */
export function isServed(scope: Scope): scope is CreateScope {
  return Region.safeParse(scope.region).success
}

/** The scope of a call that creates something. @throws ApiError 400 in Scaleway's other regions and zones */
export function createScope(scope: Scope): CreateScope {
  if (isServed(scope)) return scope
  const { region, zone } = scope
  if (zone === null) {
    const places = REGIONS.join(' or ')
    throw invalidField('region', `Nothing can be created in region ${region}. Use ${places}.`)
  }
  const places = ZONES.join(', ')
  throw invalidField('zone', `Nothing can be created in zone ${zone}. Use one of ${places}.`)
}
