import { ChangeList, ChangeSubjects, ListChanges } from '#lib/core/change.ts'
import { LbState, Restored, RestoreLb, RestoreQuery } from '#lib/core/restore.ts'
import { listChangeSubjects } from '../services/history/list-change-subjects.ts'
import { listChanges } from '../services/history/list-changes.ts'
import { getLbState } from '../services/restore/get-lb-state.ts'
import { restoreLb } from '../services/restore/restore-lb.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** A load balancer's history and restoring from it, under `/fairlead/v1`. */
export const HISTORY_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/lbs/{id}/changes',
    summary: "List a load balancer's history, newest first",
    query: ListChanges,
    response: ChangeList,
    handle: async (call) => ({ value: await listChanges(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/changes/subjects',
    summary:
      "List whom and what a load balancer's history is about: at most 1,000 each, of its newest 10,000 lines",
    response: ChangeSubjects,
    handle: async (call) => ({ value: await listChangeSubjects(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/changes/{change_id}/state',
    summary: 'Get a load balancer as it was right after a change',
    response: LbState,
    handle: async (call) => ({ value: await getLbState(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/restore',
    summary: 'Make a load balancer what it was right after a change: all of it, or nothing',
    query: RestoreQuery,
    body: RestoreLb,
    response: Restored,
    handle: restoreLb,
  },
]
