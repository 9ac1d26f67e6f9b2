import { clsx } from 'clsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { TextWithTimes } from '#components/ui/text-with-times.tsx'
import type { LbHealthState } from '#lib/core/lb-health-states.ts'
import { HEALTHS } from './health-text.ts'

type Props = {
  health: { state: LbHealthState; reason: string }
  /** Puts the reason below the word, for columns. */
  stacked?: boolean
}

/** A health as an icon, a word and its reason. */
export function HealthState({ health: { state, reason }, stacked = false }: Props) {
  const { label, tone } = HEALTHS[state]
  return (
    <span
      className={clsx(
        stacked ? 'grid justify-items-start' : 'flex flex-wrap items-center gap-x-2 gap-y-0.5',
      )}
    >
      <StatusBadge tone={tone}>{label}</StatusBadge>
      {reason !== '' && (
        <span className={clsx('text-muted', stacked && 'max-w-72 text-[0.8125rem]/5')}>
          <TextWithTimes text={reason} />
        </span>
      )}
    </span>
  )
}
