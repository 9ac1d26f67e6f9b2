'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { browserQuery } from '#lib/client/api-query.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { searchResults } from '#lib/client/search-queries.ts'
import { destinationOf } from './destination.ts'

/** The delay after the last key press, so that quick typing sends one request. */
const DEBOUNCE_MS = 100

/**
 * Searches while a text is typed.
 * @param others the number of other results, for the status text
 */
export function useSearch(text: string, others: number) {
  const wanted = text.trim()
  const [searched, setSearched] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSearched(wanted), DEBOUNCE_MS)
    return () => clearTimeout(timer)
  }, [wanted])
  const query = useQuery({
    ...browserQuery(searchResults(searched)),
    enabled: searched !== '',
    // Keeps the last results until the next ones arrive, so that the list does not flicker.
    placeholderData: (previous) => previous,
  })
  const found = (wanted === '' ? [] : (query.data?.hits ?? [])).map(destinationOf)
  const pending =
    wanted !== '' && !query.error && (searched !== wanted || query.isPlaceholderData || !query.data)
  return { found, pending, status: statusText(wanted, found.length + others, pending, query.error) }
}

function statusText(wanted: string, found: number, pending: boolean, error: unknown): string {
  if (error) return errorMessage(error)
  if (wanted === '' || pending) return ''
  if (found === 0) return `Nothing has “${wanted}” in its name, address, port, tags or ID.`
  return `${found} found.`
}
