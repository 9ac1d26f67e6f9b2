import type { ObservedLb } from '#lib/core/observed.ts'
import { HealthState } from '../health/health-state.tsx'

type Props = { observed: ObservedLb | undefined; frontendId: string }

/** The health of a frontend whose backends can't serve all of its traffic. */
export function ForwardingState({ observed, frontendId }: Props) {
  const health = observed?.health.frontends.find(({ frontend_id }) => frontend_id === frontendId)
  return health ? <HealthState health={health} stacked /> : null
}
