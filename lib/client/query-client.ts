import { QueryClient } from '@tanstack/react-query'
import { ApiProblem } from './api-problem.ts'

const RETRIES = 2
const FRESH_MS = 1000

/**
 * Whether the same request may succeed when it is sent again at once: not where it was understood and refused, nor
 * where it has already waited for as long as one waits for an answer.
 */
export function mayPass(error: unknown): boolean {
  return !(error instanceof ApiProblem) || (error.status >= 500 && error.status !== 504)
}

/** The console's query cache. A failed refresh leaves the rows that are there; mutations are never repeated. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // What the server put into the page is not asked for again at once.
        staleTime: FRESH_MS,
        retry: (failures, error) => failures < RETRIES && mayPass(error),
        // An offline machine still reaches a console on itself.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
}
