import {
  Backend,
  BackendList,
  CreateBackend,
  ListBackends,
  NamedServers,
  SetServers,
  UpdateBackend,
} from '#lib/core/backend.ts'
import { HealthCheck, HealthCheckInput } from '#lib/core/health-check.ts'
import { createBackend } from '../services/backends/create-backend.ts'
import { deleteBackend } from '../services/backends/delete-backend.ts'
import { getBackend } from '../services/backends/get-backend.ts'
import { listBackends } from '../services/backends/list-backends.ts'
import { addServers, removeServers, setServers } from '../services/backends/servers.ts'
import { setHealthCheck } from '../services/backends/set-health-check.ts'
import { updateBackend } from '../services/backends/update-backend.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

export const BACKEND_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/lbs/{id}/backends',
    summary: "List a load balancer's backends",
    query: ListBackends,
    answer: BackendList,
    handle: async (call) => ({ value: await listBackends(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/backends',
    summary: 'Create a backend',
    body: CreateBackend,
    answer: Backend,
    handle: createBackend,
  },
  {
    method: 'get',
    path: '/backends/{id}',
    summary: 'Get a backend',
    answer: Backend,
    handle: getBackend,
  },
  {
    method: 'put',
    path: '/backends/{id}',
    summary: 'Update a backend',
    body: UpdateBackend,
    answer: Backend,
    handle: updateBackend,
  },
  {
    method: 'delete',
    path: '/backends/{id}',
    summary: 'Delete a backend',
    answer: null,
    handle: async (call) => {
      await deleteBackend(call)
      return null
    },
  },
  {
    method: 'post',
    path: '/backends/{id}/servers',
    summary: 'Add servers to a backend',
    body: NamedServers,
    answer: Backend,
    handle: addServers,
  },
  {
    method: 'delete',
    path: '/backends/{id}/servers',
    summary: 'Remove servers from a backend',
    body: NamedServers,
    answer: Backend,
    handle: removeServers,
  },
  {
    method: 'put',
    path: '/backends/{id}/servers',
    summary: "Replace a backend's servers",
    body: SetServers,
    answer: Backend,
    handle: setServers,
  },
  {
    method: 'put',
    path: '/backends/{id}/healthcheck',
    summary: "Replace a backend's health check",
    body: HealthCheckInput,
    answer: HealthCheck,
    handle: setHealthCheck,
  },
]
