import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import type { Paging } from '#lib/core/list.ts'
import type { COLUMN_ORDERS } from '#lib/core/orders.ts'
import { folded } from './folded-columns.ts'
import type { Tables } from './tables.ts'

/** `limit` and `offset` of a page. */
export function pageBounds({ page, page_size }: Paging): { limit: number; offset: number } {
  return { limit: page_size, offset: (page - 1) * page_size }
}

/** The tables that are listed by name or time of creation. */
type Listed = 'lbs' | 'backends' | 'frontends' | 'routes' | 'acls' | 'certificates' | 'subscribers'

/** Reads one page of the matching rows in the requested order, and counts all of them. Names are compared folded, ties by ID. */
export async function readPage<Table extends Listed>(
  matches: SelectQueryBuilder<Tables, Table, object>,
  filter: Paging & { order_by: (typeof COLUMN_ORDERS)[number] },
): Promise<{ rows: Selectable<Tables[Table]>[]; total: number }> {
  const { limit, offset } = pageBounds(filter)
  const column = filter.order_by.replace(/_(asc|desc)$/, '')
  const direction = filter.order_by.endsWith('asc') ? 'asc' : 'desc'
  const rows = await matches
    .selectAll()
    .orderBy(column === 'name' ? folded('name') : sql.ref(column), direction)
    .orderBy(column === 'region' ? folded('name') : sql.ref('id'))
    .orderBy(sql.ref('id'))
    .limit(limit)
    .offset(offset)
    .execute()
  const { total } = await matches
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return { rows: rows as Selectable<Tables[Table]>[], total: Number(total) }
}
