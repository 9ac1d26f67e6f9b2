import { type QueryKey, queryOptions } from '@tanstack/react-query'
import { callApi } from './api.ts'

/** Gets a path of the control plane. The browser goes through the console's relay, its server asks directly. */
export type Get = <T>(path: string) => Promise<T>

/** What a screen reads: its place in the cache, and how it is got, wherever that happens. */
export type Read<T> = { queryKey: QueryKey; read: (get: Get) => Promise<T> }

/** The query of a read, for the browser. */
export function queryOf<T>({ queryKey, read }: Read<T>) {
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => read((path) => callApi('GET', path, { signal })),
  })
}

const PAGE_SIZE = 100

/** All pages of a list whose answer carries its items under `key`. */
export async function allPages<Item>(get: Get, path: string, key: string): Promise<Item[]> {
  const items: Item[] = []
  const more = path.includes('?') ? '&' : '?'
  for (let page = 1; ; page += 1) {
    const answer = await get<Record<string, unknown> & { total_count: number }>(
      `${path}${more}page=${page}&page_size=${PAGE_SIZE}`,
    )
    const found = answer[key] as Item[]
    items.push(...found)
    if (found.length < PAGE_SIZE || items.length >= answer.total_count) return items
  }
}
