import { AnyRegion, AnyZone, regionOf } from '#lib/core/locality.ts'
import { invalidField } from '../errors.ts'
import type { Scope } from '../scope.ts'
import type { Http } from './environment.ts'

/** The scope of `/lb/v1/regions/{region}/…`. @throws ApiError 400 if it isn't a region of Scaleway's */
export function regionScope(http: Http): Scope {
  const region = AnyRegion.safeParse(http.req.param('region'))
  if (region.success) return { region: region.data, zone: null }
  throw invalidField('region', `Region must be one of ${AnyRegion.options.join(', ')}.`)
}

/** The scope of `/lb/v1/zones/{zone}/…`. @throws ApiError 400 if it isn't a zone of Scaleway's */
export function zoneScope(http: Http): Scope {
  const zone = AnyZone.safeParse(http.req.param('zone'))
  if (zone.success) return { region: regionOf(zone.data), zone: zone.data }
  throw invalidField('zone', `Zone must be one of ${AnyZone.options.join(', ')}.`)
}
