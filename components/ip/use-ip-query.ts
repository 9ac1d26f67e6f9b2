'use client'
import { usePathname, useSearchParams } from 'next/navigation'
import { useTypedSearch } from '#components/lb/list/use-typed-search.ts'
import { ALL_IPS, type IpQuery, ipAddressQuery, ipQueryOf } from './ip-query.ts'

const queryOfAddress = () => ipQueryOf(Object.fromEntries(new URLSearchParams(location.search)))

/** Filter and order of the addresses, which live in the page's address, and how to change them. */
export function useIpQuery() {
  const query = ipQueryOf(Object.fromEntries(useSearchParams()))
  const pathname = usePathname()
  const typed = useTypedSearch(query.search, (search) => {
    const address = ipAddressQuery({ ...queryOfAddress(), search })
    window.history.replaceState(null, '', pathname + address)
  })
  const go = (next: Partial<IpQuery>) => {
    const address = ipAddressQuery({ ...query, search: typed.text.trim(), ...next })
    window.history.pushState(null, '', pathname + address)
  }
  const clear = () => {
    typed.set('')
    go({ ...ALL_IPS, order: query.order })
  }
  return { query, go, clear, typed }
}
