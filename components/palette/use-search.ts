'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { browserQuery } from '#lib/client/api-query.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { searchResults } from '#lib/client/search-queries.ts'
import { destinationOf } from './destination.ts'

/** After the last letter: what is typed quickly is one search. */
const TYPED_MS = 100

/**
 * What is found for what is being typed.
 * @param others how many other results the palette shows
 */
export function useSearch(text: string, others: number) {
  const wanted = text.trim()
  const [asked, ask] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => ask(wanted), TYPED_MS)
    return () => clearTimeout(timer)
  }, [wanted])
  const query = useQuery({
    ...browserQuery(searchResults(asked)),
    enabled: asked !== '',
    // Until the next answer the last one stays, instead of a flicker of nothing.
    placeholderData: (previous) => previous,
  })
  const found = (wanted === '' ? [] : (query.data?.hits ?? [])).map(destinationOf)
  const pending =
    wanted !== '' && !query.error && (asked !== wanted || query.isPlaceholderData || !query.data)
  return { found, pending, words: wordsOf(wanted, found.length + others, pending, query.error) }
}

function wordsOf(wanted: string, found: number, pending: boolean, error: unknown): string {
  if (error) return errorMessage(error)
  if (wanted === '' || pending) return ''
  if (found === 0) return `Nothing has “${wanted}” in its name, address, port, tags or ID.`
  return `${found} found.`
}
