'use client'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import type { LbListQuery } from '#lib/client/lb-reads.ts'
import { listQueryOf } from './list-query.ts'

/** The list's filter and page, which live in the address, and how to change them. */
export function useListQuery() {
  const parameters = useSearchParams()
  const pathname = usePathname()
  const router = useRouter()
  const query = listQueryOf(Object.fromEntries(parameters))
  const change = (next: Partial<LbListQuery>) => {
    const { search, page } = { ...query, ...next }
    const text = new URLSearchParams({
      ...(search && { search }),
      ...(page > 1 && { page: String(page) }),
    }).toString()
    // In place: each letter typed is no step of Back.
    window.history.replaceState(null, '', text ? `${pathname}?${text}` : pathname)
  }
  const goTo = (page: number) => {
    const text = new URLSearchParams({
      ...(query.search && { search: query.search }),
      page: String(page),
    })
    router.push(`${pathname}?${text}`)
  }
  return { query, change, goTo }
}
