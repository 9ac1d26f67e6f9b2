import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { DeliveryStatus, EventType } from '#lib/core/delivery.ts'

export const EVENT_NAMES: Record<EventType, string> = {
  'servers.down': 'Servers down',
  'servers.up': 'Servers up again',
  'backend.down': 'Backend down',
  'backend.up': 'Backend up again',
  'lb.error': 'Load balancer in error',
  'lb.ready': 'Load balancer ready again',
  'lb.failover': 'Failover',
  'lb.quarantined': 'Load balancer quarantined',
  'lb.unquarantined': 'Quarantine lifted',
  'lb.split_brain': 'Split brain',
  'lb.split_brain_resolved': 'Split brain resolved',
  'node.certificate_expiring': "Node's certificate expiring",
  'node.certificate_renewed': "Node's certificate renewed",
  test: 'Test',
}

export const DELIVERY_STATES: Record<DeliveryStatus, { tone: StatusTone; label: string }> = {
  pending: { tone: 'progress', label: 'Waiting' },
  delivered: { tone: 'ok', label: 'Delivered' },
  given_up: { tone: 'danger', label: 'Given up' },
}
