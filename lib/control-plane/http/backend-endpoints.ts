import {
  Backend,
  BackendList,
  CreateBackend,
  ListBackends,
  NamedServers,
  SetServers,
  UpdateBackend,
} from '#lib/core/backend.ts'
import { DraftCheck, DraftCheckRequest } from '#lib/core/draft-check.ts'
import { HealthCheck, HealthCheckInput } from '#lib/core/health-check.ts'
import { checkDraft } from '../services/backends/check-draft.ts'
import { createBackend } from '../services/backends/create-backend.ts'
import { deleteBackend } from '../services/backends/delete-backend.ts'
import { getBackend } from '../services/backends/get-backend.ts'
import { listBackends } from '../services/backends/list-backends.ts'
import { addServers, removeServers, setServers } from '../services/backends/servers.ts'
import { setHealthCheck } from '../services/backends/set-health-check.ts'
import { updateBackend } from '../services/backends/update-backend.ts'
import type { Call, Endpoint, ScopedCall } from './endpoint.ts'

export const BACKEND_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/lbs/{id}/backends',
    summary: "List a load balancer's backends",
    query: ListBackends,
    response: BackendList,
    handle: async (call) => ({ value: await listBackends(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/backends',
    summary: 'Create a backend',
    body: CreateBackend,
    response: Backend,
    handle: createBackend,
  },
  {
    method: 'get',
    path: '/backends/{id}',
    summary: 'Get a backend',
    response: Backend,
    handle: getBackend,
  },
  {
    method: 'put',
    path: '/backends/{id}',
    summary: 'Update a backend',
    body: UpdateBackend,
    response: Backend,
    handle: updateBackend,
  },
  {
    method: 'delete',
    path: '/backends/{id}',
    summary: 'Delete a backend',
    response: null,
    handle: deleteBackend,
  },
  {
    method: 'post',
    path: '/backends/{id}/servers',
    summary: 'Add servers to a backend',
    body: NamedServers,
    response: Backend,
    handle: addServers,
  },
  {
    method: 'delete',
    path: '/backends/{id}/servers',
    summary: 'Remove servers from a backend',
    body: NamedServers,
    response: Backend,
    handle: removeServers,
  },
  {
    method: 'put',
    path: '/backends/{id}/servers',
    summary: "Replace a backend's servers",
    body: SetServers,
    response: Backend,
    handle: setServers,
  },
  {
    method: 'put',
    path: '/backends/{id}/healthcheck',
    summary: "Replace a backend's health check",
    body: HealthCheckInput,
    response: HealthCheck,
    handle: setHealthCheck,
  },
]

/** Draft checks, under `/fairlead/v1`. */
export const FAIRLEAD_BACKEND_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'post',
    path: '/draft-checks',
    summary: "Run a backend's health check once on both nodes, before it is saved",
    body: DraftCheckRequest,
    response: DraftCheck,
    handle: async (call) => ({ value: await checkDraft(call) }),
  },
]
