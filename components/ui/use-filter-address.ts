'use client'
import { usePathname, useSearchParams } from 'next/navigation'

type Query = Record<string, string | string[] | undefined>

/**
 * A filter that lives in the page's address, and how to change it there. What is "" is left out of the address.
 * @param filterOf the filter that a query names
 */
export function useFilterAddress<Filter extends Record<string, string>>(
  filterOf: (query: Query) => Filter,
) {
  const filter = filterOf(Object.fromEntries(useSearchParams()))
  const pathname = usePathname()
  const addressOf = (next: Partial<Filter>) => {
    const told = Object.entries({ ...filter, ...next }).filter(([, value]) => value !== '')
    const text = new URLSearchParams(told).toString()
    return text ? `${pathname}?${text}` : pathname
  }
  return {
    filter,
    /** A step of Back. */
    go: (next: Partial<Filter>) => window.history.pushState(null, '', addressOf(next)),
    /** In place: typing is no way that one goes back. */
    replace: (next: Partial<Filter>) => window.history.replaceState(null, '', addressOf(next)),
  }
}
