import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type {
  Failover,
  FailoverList,
  MovedLbs,
  NodeList,
  NodeStatus,
  SwitchOver,
} from '#lib/core/failover.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import type { Read } from './read.ts'

export const FAILOVERS_SHOWN = 10

/** The last failovers of a load balancer. A newer one, at `lastAt`, is another list. */
export function lbFailovers(id: string, lastAt: string): Read<FailoverList> {
  return {
    queryKey: [...LBS_KEY, id, 'failovers', lastAt],
    read: (get) => get(apiPath.failovers(id, { page_size: FAILOVERS_SHOWN })),
  }
}

/** The nodes of all regions. Events about load balancers read them again, as they do lists. */
export function nodeList(): Read<NodeList> {
  return { queryKey: [...LBS_KEY, 'list', 'nodes'], read: (get) => get(apiPath.nodes()) }
}

/** Has a load balancer's other instance accept its new connections. */
export function useSwitchOver(lbId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (request: z.input<typeof SwitchOver>) =>
      callApi<Failover>('POST', apiPath.switchover(lbId), { body: request }),
    onSettled: () => client.invalidateQueries({ queryKey: LBS_KEY }),
  })
}

/** Moves many load balancers at once: all off a node, or all of a region back to their masters. */
export function useMoveLbs() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (move: { drain: NodeStatus['name'] } | { rebalance: NodeStatus['region'] }) =>
      callApi<MovedLbs>(
        'POST',
        'drain' in move ? apiPath.drainNode(move.drain) : apiPath.rebalance(move.rebalance),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: LBS_KEY }),
  })
}
