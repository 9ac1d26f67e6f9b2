// Apart from the schemas in locality.ts: pages name regions, and need not load zod for that.

/** The regions this product serves, as the API spells them. */
export const REGIONS = ['fr-par', 'nl-ams'] as const

/** What people call a region. */
export const REGION_NAMES: Record<(typeof REGIONS)[number], string> = {
  'fr-par': 'Paris',
  'nl-ams': 'Amsterdam',
}
