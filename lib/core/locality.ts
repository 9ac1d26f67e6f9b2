import * as z from 'zod'
import { REGIONS, SCALEWAY_ZONES } from './regions.ts'

export const Region = z.enum(REGIONS)
export type Region = z.infer<typeof Region>

/** The zones of the regions in which load balancers can be. */
export const ZONES = REGIONS.flatMap((region) => SCALEWAY_ZONES[region])
export const Zone = z.enum(ZONES)
export type Zone = z.infer<typeof Zone>

/** Any region of Scaleway's, in a path. */
export const AnyRegion = z.enum(Object.keys(SCALEWAY_ZONES) as (keyof typeof SCALEWAY_ZONES)[])
export type AnyRegion = z.infer<typeof AnyRegion>

/** Any zone of Scaleway's, in a path. */
export const AnyZone = z.enum(Object.values(SCALEWAY_ZONES).flat())
export type AnyZone = z.infer<typeof AnyZone>

/** The region a zone lies in: its name without the last `-N`. */
export function regionOf(zone: Zone): Region
export function regionOf(zone: AnyZone): AnyRegion
export function regionOf(zone: AnyZone): AnyRegion {
  return zone.slice(0, zone.lastIndexOf('-')) as AnyRegion
}

/** The zone used where only a region is named. */
export function defaultZone(region: Region): Zone {
  return `${region}-1`
}

/** Failure domains: the two clusters each region's nodes sit on. */
export const CLUSTERS = ['a', 'b'] as const
export const Cluster = z.enum(CLUSTERS)
export type Cluster = z.infer<typeof Cluster>
