import type { SearchResults } from '#lib/core/search.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'

/** What is found for some words, among everything there is. */
export function searchResults(q: string): ApiQuery<SearchResults> {
  return { queryKey: ['search', q], fetch: (get) => get(apiPath.search(q)) }
}
