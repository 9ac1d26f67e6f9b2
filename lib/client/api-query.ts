import { type QueryKey, queryOptions } from '@tanstack/react-query'
import { callApi } from './api.ts'

/** Sends a GET to a path of the control plane: from the browser through the console's relay, from its server directly. */
export type ApiGet = <T>(path: string) => Promise<T>

/** Data of the API that a screen shows: its cache key and how it is fetched, the same on the server and in the browser. */
export type ApiQuery<T> = { queryKey: QueryKey; fetch: (get: ApiGet) => Promise<T> }

/** The options of `useQuery` for a query. */
export function browserQuery<T>({ queryKey, fetch }: ApiQuery<T>) {
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => fetch((path) => callApi('GET', path, { signal })),
  })
}

const PAGE_SIZE = 100

/** Fetches all pages of a list whose responses carry the items under `key`. */
export async function fetchAllPages<Item>(get: ApiGet, path: string, key: string): Promise<Item[]> {
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
