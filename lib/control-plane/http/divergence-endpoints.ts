import { DivergenceList, FollowDatabase, FollowDatabaseResult } from '#lib/core/divergence.ts'
import { followDatabase } from '../services/nodes/follow-database.ts'
import { listDivergences } from '../services/nodes/list-divergences.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** Nodes that have diverged from the database, under `/fairlead/v1`. */
export const DIVERGENCE_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/divergences',
    summary: 'List load balancers for which nodes have a generation that the database never had',
    response: DivergenceList,
    handle: async (call) => ({ value: await listDivergences(call) }),
  },
  {
    method: 'post',
    path: '/follow-database',
    summary: 'Resolve divergences: nodes take over the configuration of the database',
    body: FollowDatabase,
    response: FollowDatabaseResult,
    handle: async (call) => ({ value: await followDatabase(call) }),
  },
]
