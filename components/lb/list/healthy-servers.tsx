import { StatusBadge, type StatusTone } from '#components/ui/status-badge.tsx'

function toneOf(up: number, of: number): StatusTone {
  if (of === 0) return 'neutral'
  if (up === of) return 'ok'
  return up === 0 ? 'danger' : 'warn'
}

/** "2 of 3". */
export function HealthyServers({ up, of }: { up: number; of: number }) {
  return (
    <StatusBadge tone={toneOf(up, of)}>{of === 0 ? 'No servers' : `${up} of ${of}`}</StatusBadge>
  )
}
