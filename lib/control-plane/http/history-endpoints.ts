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
      "List the actors and resources in a load balancer's history: at most 1,000 each, of its newest 10,000 entries",
    response: ChangeSubjects,
    handle: async (call) => ({ value: await listChangeSubjects(call) }),
  },
  {
    method: 'get',
    path: '/lbs/{id}/changes/{change_id}/state',
    summary: 'Get the state of a load balancer right after a change',
    response: LbState,
    handle: async (call) => ({ value: await getLbState(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/restore',
    summary: 'Restore a load balancer to its state right after a change, atomically',
    query: RestoreQuery,
    body: RestoreLb,
    response: Restored,
    handle: restoreLb,
  },
]
