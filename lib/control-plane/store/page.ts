import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import type { Paging } from '#lib/core/list.ts'
import type { COLUMN_ORDERS } from '#lib/core/orders.ts'
import { folded } from './folded-columns.ts'
import type { Reader } from './reader.ts'
import type { Tables } from './tables.ts'

/** `limit` and `offset` of a page. */
export function pageBounds({ page, page_size }: Paging): { limit: number; offset: number } {
  return { limit: page_size, offset: (page - 1) * page_size }
}

/** The tables that are listed by name or time of creation. */
type Listed = 'lbs' | 'backends' | 'frontends' | 'routes' | 'acls' | 'certificates' | 'subscribers'

/** Reads one page of the matching rows in the requested order, and counts all of them. Names are compared folded, ties by ID. */
export async function readPage<Table extends Listed>(
  reader: Reader,
  table: Table,
  matches: SelectQueryBuilder<Tables, Table, object>,
  filter: Paging & { order_by: (typeof COLUMN_ORDERS)[number] },
): Promise<{ rows: Selectable<Tables[Table]>[]; total: number }> {
  const { limit, offset } = pageBounds(filter)
  const id = sql.ref<string>(`${table}.id`)
  // Rows before the page are only read in an index.
  const onPage = matches.select(id.as('id')).limit(limit).offset(offset)
  const rows = await inOrder(
    reader
      .selectFrom(table as 'lbs')
      .selectAll()
      .where(({ eb }) => eb(id, 'in', inOrder(onPage, table, filter))),
    table,
    filter,
  ).execute()
  const isLast = rows.length < limit && (rows.length > 0 || offset === 0)
  const total = isLast ? offset + rows.length : await count(matches)
  return { rows: rows as unknown as Selectable<Tables[Table]>[], total }
}

/** Orders rows. With the indexes of `lbs` no rows need to be sorted, unless many have the same time. */
function inOrder<Output>(
  query: SelectQueryBuilder<Tables, never, Output>,
  table: Listed,
  { order_by }: { order_by: (typeof COLUMN_ORDERS)[number] },
): SelectQueryBuilder<Tables, never, Output> {
  const column = order_by.replace(/_(asc|desc)$/, '')
  const direction = order_by.endsWith('asc') ? 'asc' : 'desc'
  const own = (name: string) => sql.ref(`${table}.${name}`)
  const byName = folded(`${table}.name`)
  const first = query.orderBy(column === 'name' ? byName : own(column), direction)
  return (column === 'region' ? first.orderBy(byName) : first).orderBy(own('id'))
}

async function count<Table extends Listed>(
  matches: SelectQueryBuilder<Tables, Table, object>,
): Promise<number> {
  const { total } = await matches
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}
