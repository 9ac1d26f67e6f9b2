'use client'
import { useQuery } from '@tanstack/react-query'
import { callApi } from '#lib/client/api.ts'
import { matchesSearch } from '#lib/core/fold-case.ts'
import type { DocEntry } from '../docs/pages/search-index.ts'

const MAX_SHOWN = 6

/** The texts that are searched, one after the other until something matches. */
const SEARCHED_TEXTS: ((entry: DocEntry) => string)[] = [
  ({ title }) => title,
  ({ title, page }) => `${title} ${page ?? ''}`,
  ({ title, page, terms }) => `${title} ${page ?? ''} ${terms}`,
]

/** The best matching pages and sections; none for an empty text. */
export function matchingEntries(entries: DocEntry[], text: string): DocEntry[] {
  if (text.trim() === '') return []
  for (const textOf of SEARCHED_TEXTS) {
    const found = entries.filter((entry) => matchesSearch(textOf(entry), text))
    if (found.length > 0) return found.slice(0, MAX_SHOWN)
  }
  return []
}

/** The matching pages and sections. The index is fetched once and searched in the browser. */
export function useDocumentation(text: string): DocEntry[] {
  const { data = [] } = useQuery({
    queryKey: ['documentation'],
    queryFn: ({ signal }) => callApi<DocEntry[]>('GET', '/documentation', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return matchingEntries(data, text)
}
