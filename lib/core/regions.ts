// Apart from the schemas in locality.ts: pages name regions, and need not load zod for that.

/** All of Scaleway's regions with their zones, which its clients list one after the other. */
export const SCALEWAY_ZONES = {
  'fr-par': ['fr-par-1', 'fr-par-2', 'fr-par-3'],
  'nl-ams': ['nl-ams-1', 'nl-ams-2', 'nl-ams-3'],
  'pl-waw': ['pl-waw-1', 'pl-waw-2', 'pl-waw-3'],
  'it-mil': ['it-mil-1'],
} as const

/** The regions in which load balancers can be. In Scaleway's other ones there is nothing, and nothing can be created. */
export const REGIONS = ['fr-par', 'nl-ams'] as const satisfies (keyof typeof SCALEWAY_ZONES)[]

/** What people call a region. */
export const REGION_NAMES: Record<(typeof REGIONS)[number], string> = {
  'fr-par': 'Paris',
  'nl-ams': 'Amsterdam',
}
