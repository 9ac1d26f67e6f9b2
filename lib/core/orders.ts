// Apart from the schemas: the console's list reads its order from the address, and need not load zod for that.

/** The orders in which the API lists anything. */
export const ORDERS = ['created_at_asc', 'created_at_desc', 'name_asc', 'name_desc'] as const

/** The console's list spans the regions, so it can be ordered by them too. */
export const OVERVIEW_ORDERS = [...ORDERS, 'region_asc', 'region_desc'] as const
