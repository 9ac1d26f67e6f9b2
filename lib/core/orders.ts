// Separate from the schemas: the console's list reads its order from the URL and doesn't load zod for it.

/** The orders of the API's lists. */
export const ORDERS = ['created_at_asc', 'created_at_desc', 'name_asc', 'name_desc'] as const

/** The orders of the list of all regions that its rows have a column for. */
export const COLUMN_ORDERS = [...ORDERS, 'region_asc', 'region_desc'] as const

/** The orders of the list of all regions. */
export const OVERVIEW_ORDERS = [...COLUMN_ORDERS, 'health_asc', 'health_desc'] as const
