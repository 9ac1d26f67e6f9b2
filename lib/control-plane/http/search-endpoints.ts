import { Search, SearchResults } from '#lib/core/search.ts'
import { search } from '../services/search/search.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** The console's search, under `/fairlead/v1`. */
export const SEARCH_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/search',
    summary: 'Find load balancers, rules, servers and IPs by name, address, port, tag or ID',
    query: Search,
    response: SearchResults,
    handle: async (call) => ({ value: await search(call) }),
  },
]
