import type { LbStatus } from './lb.ts'

/** Statuses that change by themselves. Clients poll while they see one. */
export const LB_TRANSIENT_STATUSES: readonly LbStatus[] = [
  'pending',
  'migrating',
  'to_create',
  'creating',
  'to_delete',
  'deleting',
]
