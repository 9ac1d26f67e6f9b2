import type { Query, QueryClient } from '@tanstack/react-query'
import { ApiProblem } from './api-problem.ts'

/** Whether an error is not about what was asked for: the control plane, or the console itself, is away. */
export function isAway(error: unknown): boolean {
  if (error instanceof ApiProblem) return error.status >= 500 && error.body.type === 'unavailable'
  return error instanceof TypeError
}

/** What is on the page and could not be refreshed because what it is asked of is away. */
export function awayQueries(client: QueryClient): Query[] {
  return client
    .getQueryCache()
    .findAll({ type: 'active', predicate: ({ state }) => isAway(state.error) })
}
