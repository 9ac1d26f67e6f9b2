import type { LbStatus } from './lb.ts'

/** Statuses that change by themselves; a client waits while it sees one. */
export const LB_TRANSIENT_STATUSES: readonly LbStatus[] = [
  'pending',
  'migrating',
  'to_create',
  'creating',
  'to_delete',
  'deleting',
]
