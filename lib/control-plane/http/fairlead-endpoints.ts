import { CertificateDetails } from '#lib/core/certificate.ts'
import { ChangeList, ChangeSubjects, ListChanges } from '#lib/core/change.ts'
import { ChangedRules, ChangeRules } from '#lib/core/change-rules.ts'
import { DivergenceList, FollowDatabase, FollowDatabaseResult } from '#lib/core/divergence.ts'
import { DraftCheck, DraftCheckRequest } from '#lib/core/draft-check.ts'
import { IpList, ListIps } from '#lib/core/ip.ts'
import { LbOverview, LbOverviewList, ListOverviews, ObservedLb } from '#lib/core/observed.ts'
import { LbState, Restored, RestoreLb, RestoreQuery } from '#lib/core/restore.ts'
import { Search, SearchResults } from '#lib/core/search.ts'
import { GetTraffic, Traffic } from '#lib/core/traffic.ts'
import { checkDraft } from '../services/backends/check-draft.ts'
import { getCertificateDetails } from '../services/certificates/get-certificate.ts'
import { listChangeSubjects } from '../services/history/list-change-subjects.ts'
import { listChanges } from '../services/history/list-changes.ts'
import { listIps } from '../services/ips/list-ips.ts'
import { followDatabase } from '../services/nodes/follow-database.ts'
import { listDivergences } from '../services/nodes/list-divergences.ts'
import { getTraffic } from '../services/reads/get-traffic.ts'
import { getObservedLb } from '../services/reads/observed-state.ts'
import { getOverview, listOverviews } from '../services/reads/overviews.ts'
import { search } from '../services/reads/search.ts'
import { getLbState } from '../services/restore/get-lb-state.ts'
import { restoreLb } from '../services/restore/restore-lb.ts'
import { changeRules } from '../services/rules/change-rules.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** Fairlead's own calls, under `/fairlead/v1`: what the console needs beside the real API. */
export const FAIRLEAD_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/certificates/{id}',
    summary: 'Get what an imported certificate says of itself',
    answer: CertificateDetails,
    handle: async (call) => ({ value: await getCertificateDetails(call) }),
  },
  {
    method: 'get',
    path: '/lbs',
    summary: 'List the load balancers of all regions',
    query: ListOverviews,
    answer: LbOverviewList,
    handle: async (call) => ({ value: await listOverviews(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}',
    summary: 'Get a load balancer, whatever its region',
    answer: LbOverview,
    handle: getOverview,
  },
  {
    method: 'get',
    path: '/lbs/{id}/observed',
    summary: 'Get what the nodes report of a load balancer',
    answer: ObservedLb,
    handle: async (call) => ({ value: await getObservedLb(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/traffic',
    summary: "Get a load balancer's traffic over time",
    query: GetTraffic,
    answer: Traffic,
    handle: async (call) => ({ value: await getTraffic(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/changes',
    summary: "List a load balancer's history, newest first",
    query: ListChanges,
    answer: ChangeList,
    handle: async (call) => ({ value: await listChanges(call) }),
  },
  {
    method: 'patch',
    path: '/lbs/{id}/rules',
    summary: 'Change several rules of a load balancer: all of it, or nothing',
    body: ChangeRules,
    answer: ChangedRules,
    handle: async (call) => ({ value: await changeRules(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/changes/subjects',
    summary:
      "List whom and what a load balancer's history is about: at most 1,000 each, of its newest 10,000 lines",
    answer: ChangeSubjects,
    handle: async (call) => ({ value: await listChangeSubjects(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/changes/{change_id}/state',
    summary: 'Get a load balancer as it was right after a change',
    answer: LbState,
    handle: async (call) => ({ value: await getLbState(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/restore',
    summary: 'Make a load balancer what it was right after a change: all of it, or nothing',
    query: RestoreQuery,
    body: RestoreLb,
    answer: Restored,
    handle: restoreLb,
  },
  {
    method: 'post',
    path: '/draft-checks',
    summary: "Run a backend's health check once on both nodes, before it is saved",
    body: DraftCheckRequest,
    answer: DraftCheck,
    handle: async (call) => ({ value: await checkDraft(call) }),
  },
  {
    method: 'get',
    path: '/divergences',
    summary: 'List what nodes serve in a state that the database has never had',
    answer: DivergenceList,
    handle: async (call) => ({ value: await listDivergences(call) }),
  },
  {
    method: 'post',
    path: '/follow-database',
    summary: 'Have nodes follow the database where they have something else',
    body: FollowDatabase,
    answer: FollowDatabaseResult,
    handle: async (call) => ({ value: await followDatabase(call) }),
  },
  {
    method: 'get',
    path: '/search',
    summary: 'Find load balancers, rules, servers and IPs by name, address, port, tag or ID',
    query: Search,
    answer: SearchResults,
    handle: async (call) => ({ value: await search(call) }),
  },
  {
    method: 'get',
    path: '/ips',
    summary: 'List the IPs of all regions',
    query: ListIps,
    answer: IpList,
    handle: async (call) => ({ value: await listIps({ ...call, scope: null }) }),
  },
]
