import type { SearchResults } from '#lib/core/search.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'

/** The objects that match a text. */
export function searchResults(q: string): ApiQuery<SearchResults> {
  return { queryKey: ['search', q], fetch: (get) => get(apiPath.search(q)) }
}
