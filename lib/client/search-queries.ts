import type { SearchResults } from '#lib/core/search.ts'
import { apiPath } from './api-path.ts'
import type { Read } from './read.ts'

/** What is found for some words, among everything there is. */
export function searchHits(q: string): Read<SearchResults> {
  return { queryKey: ['search', q], read: (get) => get(apiPath.search(q)) }
}
