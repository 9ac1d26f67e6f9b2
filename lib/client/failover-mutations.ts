import type * as z from 'zod'
import type { Failover, SwitchoverRequest, SwitchoverResult } from '#lib/core/failover.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'

type Switchover = z.input<typeof SwitchoverRequest>

/** Switches a load balancer over to its other instance. */
export function useSwitchover(lbId: string, options?: MutationOptions<Switchover, Failover>) {
  return useApiMutation(
    {
      send: (body: Switchover) => callApi<Failover>('POST', apiPath.switchover(lbId), { body }),
      invalidates: [LBS_KEY],
      awaitsRefetch: true,
      refetchesOnError: true,
    },
    options,
  )
}

type Move = { drain: NodeStatus['name'] } | { rebalance: NodeStatus['region'] }

/** Switches many load balancers over: drains a node, or moves all of a region back to their masters. */
export function useMoveLbs(options?: MutationOptions<Move, SwitchoverResult>) {
  return useApiMutation(
    {
      send: (move: Move) =>
        callApi<SwitchoverResult>(
          'POST',
          'drain' in move ? apiPath.drainNode(move.drain) : apiPath.rebalance(move.rebalance),
        ),
      invalidates: [LBS_KEY],
      awaitsRefetch: true,
      refetchesOnError: true,
    },
    options,
  )
}
