import { BackendStatsList, GetStats, ListBackendStats } from '#lib/core/backend-stats.ts'
import { CreateLb } from '#lib/core/create-lb.ts'
import { DeleteLb, Lb, LbList, ListLbs, MigrateLb, UpdateLb } from '#lib/core/lb.ts'
import { LbTypeList } from '#lib/core/lb-type.ts'
import { Paging } from '#lib/core/list.ts'
import { LbOverview, LbOverviewList, ListOverviews, ObservedLb } from '#lib/core/observed.ts'
import { GetTraffic, Traffic } from '#lib/core/traffic.ts'
import { getStats, listBackendStats } from '../services/backends/backend-stats.ts'
import { createLb } from '../services/lbs/create-lb.ts'
import { deleteLb } from '../services/lbs/delete-lb.ts'
import { getLb } from '../services/lbs/get-lb.ts'
import { getObservedLb } from '../services/lbs/get-observed-lb.ts'
import { getTraffic } from '../services/lbs/get-traffic.ts'
import { listLbTypes } from '../services/lbs/list-lb-types.ts'
import { listLbs } from '../services/lbs/list-lbs.ts'
import { migrateLb } from '../services/lbs/migrate-lb.ts'
import { getOverview, listOverviews } from '../services/lbs/overviews.ts'
import { updateLb } from '../services/lbs/update-lb.ts'
import type { Call, Endpoint, ScopedCall } from './endpoint.ts'

export const LB_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/lbs',
    summary: 'List load balancers',
    query: ListLbs,
    response: LbList,
    handle: async (call) => ({ value: await listLbs(call) }),
  },
  {
    method: 'post',
    path: '/lbs',
    summary: 'Create a load balancer, optionally with backends and frontends',
    body: CreateLb,
    response: Lb,
    handle: createLb,
  },
  { method: 'get', path: '/lbs/{id}', summary: 'Get a load balancer', response: Lb, handle: getLb },
  {
    method: 'put',
    path: '/lbs/{id}',
    summary: 'Update a load balancer',
    body: UpdateLb,
    response: Lb,
    handle: updateLb,
  },
  {
    method: 'delete',
    path: '/lbs/{id}',
    summary: 'Delete a load balancer with all its rules',
    query: DeleteLb,
    response: null,
    handle: deleteLb,
  },
  {
    method: 'post',
    path: '/lbs/{id}/migrate',
    summary: 'Change the type of a load balancer',
    body: MigrateLb,
    response: Lb,
    handle: migrateLb,
  },
  {
    method: 'get',
    path: '/lbs/{id}/backend-stats',
    summary: "List the state of a load balancer's servers",
    query: ListBackendStats,
    response: BackendStatsList,
    handle: async (call) => ({ value: await listBackendStats(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/stats',
    summary: "Get the state of a load balancer's servers, without pages",
    query: GetStats,
    response: BackendStatsList.omit({ total_count: true }),
    handle: async (call) => ({ value: await getStats(call) }),
  },
  {
    method: 'get',
    path: '/lb-types',
    summary: 'List the load balancer types',
    query: Paging,
    response: LbTypeList,
    handle: async (call) => ({ value: listLbTypes(call) }),
  },
]

/** Load balancers of all regions, under `/fairlead/v1`. */
export const FAIRLEAD_LB_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/lbs',
    summary: 'List the load balancers of all regions',
    query: ListOverviews,
    response: LbOverviewList,
    handle: async (call) => ({ value: await listOverviews(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}',
    summary: 'Get a load balancer of any region',
    response: LbOverview,
    handle: getOverview,
  },
  {
    method: 'get',
    path: '/lbs/{id}/observed',
    summary: 'Get the observed state of a load balancer',
    response: ObservedLb,
    handle: async (call) => ({ value: await getObservedLb(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/traffic',
    summary: "Get a load balancer's traffic over time",
    query: GetTraffic,
    response: Traffic,
    handle: async (call) => ({ value: await getTraffic(call) }),
  },
]
