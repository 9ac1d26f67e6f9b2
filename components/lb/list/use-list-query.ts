'use client'
import { usePathname, useSearchParams } from 'next/navigation'
import type { LbListQuery } from '#lib/client/lb-queries.ts'
import { listAddress, listQueryOf, WHOLE_LIST } from './list-query.ts'
import { useTypedSearch } from './use-typed-search.ts'

const queryOfAddress = () => listQueryOf(Object.fromEntries(new URLSearchParams(location.search)))

/** The list's filter, order and page, which live in the address, and how to change them. */
export function useListQuery() {
  const query = listQueryOf(Object.fromEntries(useSearchParams()))
  const pathname = usePathname()
  const typed = useTypedSearch(query.search, (search) => {
    // In place: each word typed is no step of Back.
    const address = listAddress({ ...queryOfAddress(), search, page: 1 })
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
