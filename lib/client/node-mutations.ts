import { useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { SwitchoverResult } from '#lib/core/failover.ts'
import type { Region } from '#lib/core/locality.ts'
import type { JoinTokenCreated, NewNode, NodeStatus } from '#lib/core/node.ts'
import type { CancelMoves, RegionPlacement, StartMoves } from '#lib/core/placement.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import { NODES_KEY, regionPlacement } from './node-queries.ts'

type NodeToJoin = z.input<typeof NewNode>

/** Creates a join token for a node. Only this response has it. It replaces an unused one of the same name. */
export function useCreateJoinToken(options?: MutationOptions<NodeToJoin, JoinTokenCreated>) {
  return useApiMutation(
    {
      send: (body: NodeToJoin) => callApi<JoinTokenCreated>('POST', apiPath.joinTokens(), { body }),
      invalidates: [NODES_KEY],
      refetchesOnError: true,
      isSecret: true,
    },
    options,
  )
}

/** Removes a node that joined from another machine. */
export function useRemoveNode({ id }: NodeStatus, options?: MutationOptions<void, void>) {
  return useApiMutation(
    {
      send: () => callApi<void>('DELETE', apiPath.node(id)),
      invalidates: [NODES_KEY],
      awaitsRefetch: true,
      refetchesOnError: true,
    },
    options,
  )
}

/** Switches all load balancers of a node over to other nodes. */
export function useDrainNode(
  { id }: NodeStatus,
  options?: MutationOptions<void, SwitchoverResult>,
) {
  return useMoves(() => callApi<SwitchoverResult>('POST', apiPath.drainNode(id)), options)
}

/** Returns a drained node to service. */
export function useUndrainNode({ id }: NodeStatus, options?: MutationOptions<void, void>) {
  return useApiMutation<void, void>(
    {
      send: () => callApi<void>('POST', apiPath.undrainNode(id)),
      invalidates: [NODES_KEY],
      awaitsRefetch: true,
    },
    options,
  )
}

type Moves = z.input<typeof StartMoves>

/** Begins the planned moves of a region's load balancers to other hosts. */
export function useStartMoves(region: Region, options?: MutationOptions<Moves, RegionPlacement>) {
  const client = useQueryClient()
  return useApiMutation<Moves, RegionPlacement>(
    {
      send: (body) => callApi<RegionPlacement>('POST', apiPath.placement(region), { body }),
      seed: (placement) => client.setQueryData(regionPlacement(region).queryKey, placement),
      invalidates: [NODES_KEY],
      refetchesOnError: true,
    },
    options,
  )
}

type Cancelled = z.input<typeof CancelMoves>

/** Cancels moves of load balancers that are being prepared. */
export function useCancelMoves(
  region: Region,
  options?: MutationOptions<Cancelled, RegionPlacement>,
) {
  const client = useQueryClient()
  return useApiMutation<Cancelled, RegionPlacement>(
    {
      send: (body) => callApi<RegionPlacement>('POST', apiPath.cancelMoves(region), { body }),
      seed: (placement) => client.setQueryData(regionPlacement(region).queryKey, placement),
      invalidates: [NODES_KEY],
      refetchesOnError: true,
    },
    options,
  )
}

/** Switches all load balancers of a region back to their masters. */
export function useRebalance(region: Region, options?: MutationOptions<void, SwitchoverResult>) {
  return useMoves(() => callApi<SwitchoverResult>('POST', apiPath.rebalance(region)), options)
}

function useMoves(
  send: () => Promise<SwitchoverResult>,
  options?: MutationOptions<void, SwitchoverResult>,
) {
  return useApiMutation<void, SwitchoverResult>(
    { send, invalidates: [LBS_KEY], awaitsRefetch: true, refetchesOnError: true },
    options,
  )
}
