import { useQueryClient } from '@tanstack/react-query'
import type { DemoAction, DemoState } from '#lib/core/demo-state.ts'
import { callApi } from './api.ts'
import { useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'

const DEMO_KEY = ['demo'] as const

/** The state of the demo of several machines. */
export function demoState(): ApiQuery<DemoState> {
  return { queryKey: DEMO_KEY, fetch: (get) => get(apiPath.demo()) }
}

/** Pulls the plug of a host of the demo, or plugs it in again. */
export function usePlug() {
  const client = useQueryClient()
  return useApiMutation<DemoAction, DemoState>({
    send: (body) => callApi<DemoState>('POST', apiPath.demo(), { body }),
    seed: (state) => client.setQueryData(DEMO_KEY, state),
    invalidates: [],
  })
}
