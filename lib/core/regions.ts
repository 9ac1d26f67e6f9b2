// Separate from locality.ts, so that pages don't load zod for it.

/** Scaleway's regions with their zones. Its clients list all of them. */
export const SCALEWAY_ZONES = {
  'fr-par': ['fr-par-1', 'fr-par-2', 'fr-par-3'],
  'nl-ams': ['nl-ams-1', 'nl-ams-2', 'nl-ams-3'],
  'pl-waw': ['pl-waw-1', 'pl-waw-2', 'pl-waw-3'],
  'it-mil': ['it-mil-1'],
} as const

/** The regions that can contain load balancers. Scaleway's other regions are empty, and nothing can be created there. */
export const REGIONS = ['fr-par', 'nl-ams'] as const satisfies (keyof typeof SCALEWAY_ZONES)[]

/** The display names of regions. */
export const REGION_NAMES: Record<(typeof REGIONS)[number], string> = {
  'fr-par': 'Paris',
  'nl-ams': 'Amsterdam',
}
