import { BackendStatsList, GetStats, ListBackendStats } from '#lib/core/backend-stats.ts'
import { CreateLb } from '#lib/core/create-lb.ts'
import { DeleteLb, Lb, LbList, ListLbs, MigrateLb, UpdateLb } from '#lib/core/lb.ts'
import { LbTypeList } from '#lib/core/lb-type.ts'
import { Paging } from '#lib/core/list.ts'
import { createLb } from '../services/lbs/create-lb.ts'
import { deleteLb } from '../services/lbs/delete-lb.ts'
import { getLb } from '../services/lbs/get-lb.ts'
import { listLbTypes } from '../services/lbs/list-lb-types.ts'
import { listLbs } from '../services/lbs/list-lbs.ts'
import { migrateLb } from '../services/lbs/migrate-lb.ts'
import { updateLb } from '../services/lbs/update-lb.ts'
import { getStats, listBackendStats } from '../services/reads/backend-stats.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

export const LB_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/lbs',
    summary: 'List load balancers',
    query: ListLbs,
    answer: LbList,
    handle: async (call) => ({ value: await listLbs(call) }),
  },
  {
    method: 'post',
    path: '/lbs',
    summary: 'Create a load balancer, with its backends and frontends if they are given',
    body: CreateLb,
    answer: Lb,
    handle: createLb,
  },
  { method: 'get', path: '/lbs/{id}', summary: 'Get a load balancer', answer: Lb, handle: getLb },
  {
    method: 'put',
    path: '/lbs/{id}',
    summary: 'Update a load balancer',
    body: UpdateLb,
    answer: Lb,
    handle: updateLb,
  },
  {
    method: 'delete',
    path: '/lbs/{id}',
    summary: 'Delete a load balancer and all that is under it',
    query: DeleteLb,
    answer: null,
    handle: async (call) => {
      await deleteLb(call)
      return null
    },
  },
  {
    method: 'post',
    path: '/lbs/{id}/migrate',
    summary: 'Change the type of a load balancer',
    body: MigrateLb,
    answer: Lb,
    handle: migrateLb,
  },
  {
    method: 'get',
    path: '/lbs/{id}/backend-stats',
    summary: "List the state of a load balancer's servers",
    query: ListBackendStats,
    answer: BackendStatsList,
    handle: async (call) => ({ value: await listBackendStats(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/stats',
    summary: "Get the state of a load balancer's servers",
    query: GetStats,
    answer: BackendStatsList.omit({ total_count: true }),
    handle: async (call) => ({ value: await getStats(call) }),
  },
  {
    method: 'get',
    path: '/lb-types',
    summary: 'List the types on offer',
    query: Paging,
    answer: LbTypeList,
    handle: async (call) => ({ value: listLbTypes(call) }),
  },
]
