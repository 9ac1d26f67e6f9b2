import { Failover, FailoverList, SwitchoverRequest, SwitchoverResult } from '#lib/core/failover.ts'
import { Paging } from '#lib/core/list.ts'
import { NodeList } from '#lib/core/node.ts'
import { CancelMoves, RegionPlacement, StartMoves } from '#lib/core/placement.ts'
import { cancelMoves } from '../services/nodes/cancel-moves.ts'
import { listFailovers } from '../services/nodes/list-failovers.ts'
import { listNodes } from '../services/nodes/list-nodes.ts'
import { getPlacement, startMoves } from '../services/nodes/region-placement.ts'
import { switchOverLb } from '../services/nodes/switch-over-lb.ts'
import { drainNode, rebalanceRegion, undrainNode } from '../services/nodes/switch-over-nodes.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** Which node accepts a load balancer's traffic, under `/fairlead/v1`. */
export const FAILOVER_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'post',
    path: '/lbs/{id}/switchover',
    summary: "Have a load balancer's other instance take its new connections",
    body: SwitchoverRequest,
    response: Failover,
    handle: async (call) => ({ value: await switchOverLb(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/failovers',
    summary: "List when which instance was given a load balancer's traffic, newest first",
    query: Paging,
    response: FailoverList,
    handle: async (call) => ({ value: await listFailovers(call) }),
  },
  {
    method: 'get',
    path: '/nodes',
    summary: 'List the nodes, and what they carry',
    response: NodeList,
    handle: async (call) => ({ value: await listNodes(call) }),
  },
  {
    method: 'post',
    path: '/nodes/{id}/drain',
    summary: 'Have the other node accept all that this one accepts, for its maintenance',
    response: SwitchoverResult,
    handle: async (call) => ({ value: await drainNode(call) }),
  },
  {
    method: 'post',
    path: '/nodes/{id}/undrain',
    summary: 'Return a drained node to service: load balancers can be placed on it again',
    response: null,
    handle: undrainNode,
  },
  {
    method: 'post',
    path: '/regions/{id}/rebalance',
    summary: "Have a region's load balancers accepted by their masters again",
    response: SwitchoverResult,
    handle: async (call) => ({ value: await rebalanceRegion(call) }),
  },
  {
    method: 'get',
    path: '/regions/{id}/placement',
    summary: 'List on which hosts load balancers are, and the moves that would spread them evenly',
    response: RegionPlacement,
    handle: async (call) => ({ value: await getPlacement(call) }),
  },
  {
    method: 'post',
    path: '/regions/{id}/placement',
    summary: 'Move load balancers to other hosts, so that they are spread evenly',
    body: StartMoves,
    response: RegionPlacement,
    handle: async (call) => ({ value: await startMoves(call) }),
  },
  {
    method: 'post',
    path: '/regions/{id}/placement/cancel',
    summary: 'Cancel moves that are being prepared: the load balancers stay where they are',
    body: CancelMoves,
    response: RegionPlacement,
    handle: async (call) => ({ value: await cancelMoves(call) }),
  },
]
