import { Region, regionOf, ZONES, Zone } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { invalidField } from '../errors.ts'
import type { Scope } from '../scope.ts'
import type { Http } from './environment.ts'

/** What `/lb/v1/regions/{region}/…` reaches. @throws ApiError 400 */
export function regionScope(http: Http): Scope {
  const region = Region.safeParse(http.req.param('region'))
  if (region.success) return { region: region.data, zone: null }
  throw invalidField('region', `Region must be one of ${REGIONS.join(', ')}.`)
}

/** What `/lb/v1/zones/{zone}/…` reaches. @throws ApiError 400 */
export function zoneScope(http: Http): Scope {
  const zone = Zone.safeParse(http.req.param('zone'))
  if (zone.success) return { region: regionOf(zone.data), zone: zone.data }
  throw invalidField('zone', `Zone must be one of ${ZONES.join(', ')}.`)
}
