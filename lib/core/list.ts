import * as z from 'zod'
import { Id } from './fields.ts'
import { ORDERS } from './orders.ts'

export const PAGE_SIZE_DEFAULT = 20
export const PAGE_SIZE_MAX = 100

const whole = (text: string | undefined, fallback: number) =>
  text === undefined || text === '' ? fallback : Number(text)

/** Query parameters `page` and `page_size`, as the strings that a query carries. */
export const Paging = z.object({
  page: z
    .string()
    .optional()
    .transform((text) => whole(text, 1))
    .pipe(z.int({ error: 'page must be a whole number.' }).min(1)),
  page_size: z
    .string()
    .optional()
    .transform((text) => whole(text, PAGE_SIZE_DEFAULT))
    .pipe(z.int({ error: 'page_size must be a whole number.' }).min(1).max(PAGE_SIZE_MAX)),
})
export type Paging = z.infer<typeof Paging>

export const OrderBy = z.enum(ORDERS).default('created_at_asc')
export type OrderBy = z.infer<typeof OrderBy>

export const IDS_MAX = 100
/** Ids that are named to list these alone. */
export const IdFilter = z
  .array(Id)
  .max(IDS_MAX, { error: `At most ${IDS_MAX} ids.` })
  .default([])

/** Whose objects are listed. */
export const OwnerFilter = z.object({
  organization_id: Id.optional(),
  project_id: Id.optional(),
})
