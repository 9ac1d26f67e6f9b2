'use client'
import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect, useState } from 'react'
import type { LbListQuery } from '#lib/client/lb-reads.ts'
import { listAddress, listQueryOf, WHOLE_LIST } from './list-query.ts'

/** After the last letter: what is typed quickly is one request, and one change of the address. */
const TYPED_MS = 120

const queryOfAddress = () => listQueryOf(Object.fromEntries(new URLSearchParams(location.search)))

/** The list's filter, order and page, which live in the address, and how to change them. */
export function useListQuery() {
  const query = listQueryOf(Object.fromEntries(useSearchParams()))
  const pathname = usePathname()
  const typed = useTyped(query.search, (search) => {
    // In place: each word typed is no step of Back.
    const current = queryOfAddress()
    if (current.search === search) return
    const address = listAddress({ ...current, search, page: 1 })
    window.history.replaceState(null, '', pathname + address)
  })
  /** A step of Back. Whatever is shown of another list begins with its first page. */
  const go = (next: Partial<LbListQuery>) => {
    const search = typed.text.trim()
    const address = listAddress({ ...query, search, page: 1, ...next })
    window.history.pushState(null, '', pathname + address)
  }
  const clear = () => {
    typed.set('')
    go({ ...WHOLE_LIST, order: query.order })
  }
  return { query, go, clear, typed }
}

/**
 * What is being typed, which the address follows a moment later. The other way round only when the person moves
 * through the browser's history: what comes back from the address otherwise is older than what has been typed since.
 */
function useTyped(search: string, onTyped: (search: string) => void) {
  const [text, set] = useState(search)
  const settled = text.trim() === search
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing begins the wait.
  useEffect(() => {
    if (settled) return
    const timer = setTimeout(() => onTyped(text.trim()), TYPED_MS)
    return () => clearTimeout(timer)
  }, [text])
  useEffect(() => {
    const follow = () => set(queryOfAddress().search)
    window.addEventListener('popstate', follow)
    return () => window.removeEventListener('popstate', follow)
  }, [])
  return { text, set }
}
