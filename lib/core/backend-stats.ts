import * as z from 'zod'
import { Id } from './fields.ts'
import { Paging } from './list.ts'

/** The state of a server as one of the two instances observes it. */
export const BackendServerStats = z.object({
  instance_id: z.string(),
  backend_id: z.string(),
  ip: z.string(),
  server_state: z.enum(['stopped', 'starting', 'running', 'stopping']),
  server_state_changed_at: z.string().nullable(),
  last_health_check_status: z.enum(['unknown', 'neutral', 'failed', 'passed', 'condpass']),
})
export type BackendServerStats = z.infer<typeof BackendServerStats>

const OneBackend = z.object({
  backend_id: Id.optional().meta({ description: 'Only servers of this backend.' }),
})
/** `GET lbs/{lb_id}/backend-stats`. */
export const ListBackendStats = Paging.extend(OneBackend.shape)
export type ListBackendStats = z.infer<typeof ListBackendStats>
/** `GET lbs/{lb_id}/stats`, which has no pages. */
export const GetStats = OneBackend

export const BackendStatsList = z.object({
  backend_servers_stats: z.array(BackendServerStats),
  total_count: z.int(),
})
export type BackendStatsList = z.infer<typeof BackendStatsList>
