import { ControlPlaneList } from '#lib/core/control-planes.ts'
import { JoinTokenCreated, NewNode } from '#lib/core/node.ts'
import { createJoinToken } from '../services/nodes/create-join-token.ts'
import { listControlPlanes } from '../services/nodes/list-control-planes.ts'
import { removeNode } from '../services/nodes/remove-node.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** Control planes, and nodes that join from other machines, under `/fairlead/v1`. */
export const NODE_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/control-planes',
    summary:
      'List the control planes that share the database: which of them run, and which is the leader',
    response: ControlPlaneList,
    handle: async (call) => ({ value: await listControlPlanes(call) }),
  },
  {
    method: 'post',
    path: '/nodes/tokens',
    summary:
      'Create a token with which a host joins as a node, once and within an hour. It is returned only here',
    body: NewNode,
    response: JoinTokenCreated,
    handle: async (call) => ({ value: await createJoinToken(call) }),
  },
  {
    method: 'delete',
    path: '/nodes/{id}',
    summary: 'Remove a node that joined from another machine, by its id or name',
    response: null,
    handle: removeNode,
  },
]
