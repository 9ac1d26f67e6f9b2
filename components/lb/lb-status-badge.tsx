import { StatusBadge, type StatusTone } from '#components/ui/status-badge.tsx'
import type { LbStatus } from '#lib/core/lb.ts'

const STATUSES: Record<LbStatus, { tone: StatusTone; words: string }> = {
  unknown: { tone: 'neutral', words: 'Unknown' },
  ready: { tone: 'ok', words: 'Ready' },
  pending: { tone: 'progress', words: 'Pending' },
  stopped: { tone: 'warn', words: 'Stopped' },
  error: { tone: 'danger', words: 'Error' },
  locked: { tone: 'warn', words: 'Locked' },
  migrating: { tone: 'progress', words: 'Migrating' },
  to_create: { tone: 'progress', words: 'Creating' },
  creating: { tone: 'progress', words: 'Creating' },
  to_delete: { tone: 'progress', words: 'Deleting' },
  deleting: { tone: 'progress', words: 'Deleting' },
}

/** A load balancer's status in a word. */
export function LbStatusBadge({ status }: { status: LbStatus }) {
  const { tone, words } = STATUSES[status]
  return <StatusBadge tone={tone}>{words}</StatusBadge>
}
