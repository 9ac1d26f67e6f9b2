import type { OrderBy, Paging } from '#lib/core/list.ts'

/** `limit` and `offset` of a page. */
export function pageBounds({ page, page_size }: Paging): { limit: number; offset: number } {
  return { limit: page_size, offset: (page - 1) * page_size }
}

/** The column and direction of `order_by`. Creation times are never the same, names may be. */
export function ordering(order: OrderBy): ['name' | 'created_at', 'asc' | 'desc'] {
  return [order.startsWith('name') ? 'name' : 'created_at', order.endsWith('asc') ? 'asc' : 'desc']
}
