import * as z from 'zod'
import { REGIONS } from './regions.ts'

export const Region = z.enum(REGIONS)
export type Region = z.infer<typeof Region>

export const ZONES = [
  'fr-par-1',
  'fr-par-2',
  'fr-par-3',
  'nl-ams-1',
  'nl-ams-2',
  'nl-ams-3',
] as const
export const Zone = z.enum(ZONES)
export type Zone = z.infer<typeof Zone>

/** The region a zone lies in: its name without the last `-N`. */
export function regionOf(zone: Zone): Region {
  return zone.slice(0, zone.lastIndexOf('-')) as Region
}

/** The zone used where only a region is named. */
export function defaultZone(region: Region): Zone {
  return `${region}-1`
}

/** Failure domains: the two clusters each region's nodes sit on. */
export const CLUSTERS = ['a', 'b'] as const
export const Cluster = z.enum(CLUSTERS)
export type Cluster = z.infer<typeof Cluster>
