import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { FrontendHealth, LbHealth } from '#lib/core/lb-health.ts'
import { LB_HEALTH_STATES, type LbHealthState } from '#lib/core/lb-health-states.ts'

/** The word and the tone of each health. */
export const HEALTHS: Record<LbHealthState, { label: string; tone: StatusTone }> = {
  error: { label: 'Error', tone: 'danger' },
  failing: { label: 'Failing', tone: 'danger' },
  no_servers: { label: 'No servers', tone: 'danger' },
  degraded: { label: 'Degraded', tone: 'warn' },
  changing: { label: 'Changing', tone: 'progress' },
  healthy: { label: 'Healthy', tone: 'ok' },
}

/** The options of a filter by health. */
export const HEALTH_OPTIONS = [
  { value: '', label: 'Any health' },
  { value: 'unhealthy', label: 'Not healthy' },
  ...LB_HEALTH_STATES.map((value) => ({ value, label: HEALTHS[value].label })),
] as const

const STATES = Object.values(HEALTHS).map(({ label }) => label)
const MARKED = new RegExp(`^● |(?: · (?:${STATES.join('|')}))(?= · Fairlead$|$)`, 'g')

/** A page's title with the load balancer's health, unless it is healthy: "● shop · Failing". A health in the title is replaced. */
export function titleWithHealth(title: string, { state }: Pick<LbHealth, 'state'>): string {
  const plain = title.replace(MARKED, '')
  if (state === 'healthy') return plain
  return `● ${plain.replace(/(?= · Fairlead$)|$/, ` · ${HEALTHS[state].label}`)}`
}

/** The worst health of some frontends; null if all are healthy. */
export function worstOf(frontends: readonly FrontendHealth[]): FrontendHealth['state'] | null {
  return (
    (['failing', 'no_servers', 'degraded'] as const).find((state) =>
      frontends.some((one) => one.state === state),
    ) ?? null
  )
}
