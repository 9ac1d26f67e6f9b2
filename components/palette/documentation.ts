'use client'
import { useQuery } from '@tanstack/react-query'
import { callApi } from '#lib/client/api.ts'
import { containsWords } from '#lib/core/fold-case.ts'
import type { DocEntry } from '../docs/pages/search-index.ts'

const SHOWN_MAX = 6

/** What is searched in turn, until something is found: titles, titles with their page, and what the text names. */
const SEARCHED: ((entry: DocEntry) => string)[] = [
  ({ title }) => title,
  ({ title, page }) => `${title} ${page ?? ''}`,
  ({ title, page, terms }) => `${title} ${page ?? ''} ${terms}`,
]

/** The pages and sections that fit the words best; none without words. */
export function matchingEntries(entries: DocEntry[], text: string): DocEntry[] {
  if (text.trim() === '') return []
  for (const searched of SEARCHED) {
    const found = entries.filter((entry) => containsWords(searched(entry), text))
    if (found.length > 0) return found.slice(0, SHOWN_MAX)
  }
  return []
}

/** What of the documentation matches the text. It comes once for all searches of a page. */
export function useDocumentation(text: string): DocEntry[] {
  const { data = [] } = useQuery({
    queryKey: ['documentation'],
    queryFn: ({ signal }) => callApi<DocEntry[]>('GET', '/documentation', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return matchingEntries(data, text)
}
