import { StatusBadge, type StatusTone } from '#components/ui/status-badge.tsx'
import type { LbStatus } from '#lib/core/lb.ts'

const STATUSES: Record<LbStatus, { tone: StatusTone; label: string }> = {
  unknown: { tone: 'neutral', label: 'Unknown' },
  ready: { tone: 'ok', label: 'Ready' },
  pending: { tone: 'progress', label: 'Pending' },
  stopped: { tone: 'warn', label: 'Stopped' },
  error: { tone: 'danger', label: 'Error' },
  locked: { tone: 'warn', label: 'Locked' },
  migrating: { tone: 'progress', label: 'Migrating' },
  to_create: { tone: 'progress', label: 'Creating' },
  creating: { tone: 'progress', label: 'Creating' },
  to_delete: { tone: 'progress', label: 'Deleting' },
  deleting: { tone: 'progress', label: 'Deleting' },
}

/** A load balancer's status. */
export function LbStatusBadge({ status }: { status: LbStatus }) {
  const { tone, label } = STATUSES[status]
  return <StatusBadge tone={tone}>{label}</StatusBadge>
}
