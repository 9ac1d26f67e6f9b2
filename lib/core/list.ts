import * as z from 'zod'
import { Id, NAME_MAX, TAG_MAX, TAGS_MAX, textUpTo } from './fields.ts'
import { ORDERS } from './orders.ts'
import { queryIntegerOr } from './query-values.ts'

export const PAGE_SIZE_DEFAULT = 20
export const PAGE_SIZE_MAX = 100

/** Query parameters `page` and `page_size`. */
export const Paging = z.object({
  page: queryIntegerOr(1, 'page', { min: 1 }).meta({
    description: 'Page number, starting at 1.',
  }),
  page_size: queryIntegerOr(PAGE_SIZE_DEFAULT, 'page_size', { min: 1, max: PAGE_SIZE_MAX }).meta({
    description: `Objects per page, 1 to ${PAGE_SIZE_MAX}. Default: ${PAGE_SIZE_DEFAULT}.`,
  }),
})
export type Paging = z.infer<typeof Paging>

export const OrderBy = z
  .enum(ORDERS)
  .default('created_at_asc')
  .meta({ description: 'The order of the list.' })
/** The order of objects without a name. */
export const TimeOrder = OrderBy.unwrap()
  .extract(['created_at_asc', 'created_at_desc'])
  .default('created_at_asc')
  .meta({ description: 'The order of the list.' })

export type OrderBy = z.infer<typeof OrderBy>

export const IDS_MAX = 100
/** Lists only the objects with these IDs. */
export const IdFilter = z
  .array(Id)
  .max(IDS_MAX, { error: `At most ${IDS_MAX} IDs.` })
  .default([])
  .meta({
    description: `Only objects with these IDs, up to ${IDS_MAX}. Repeat the parameter for each.`,
  })

/** Lists only the objects of an organization or a project. */
export const OwnerFilter = z.object({
  organization_id: Id.optional().meta({ description: 'Only objects of this organization.' }),
  project_id: Id.optional().meta({ description: 'Only objects of this project.' }),
})

/** Lists only objects whose name contains the text. */
export const NameFilter = textUpTo(NAME_MAX, 'name')
  .optional()
  .meta({ description: 'Only objects whose name contains this text. Case-insensitive.' })

/** Lists only objects that have all of the tags. */
export const TagFilter = z
  .array(textUpTo(TAG_MAX, 'A tag'))
  .max(TAGS_MAX, { error: `At most ${TAGS_MAX} tags in one query.` })
  .default([])
  .meta({
    description: `Only objects that have all of these tags, up to ${TAGS_MAX}. Repeat the parameter for each.`,
  })
