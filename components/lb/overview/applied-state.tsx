import { StatusBadge } from '#components/ui/status-badge.tsx'
import type { ObservedLb } from '#lib/core/observed.ts'
import { appliedText, rejectionText } from '../applied-text.ts'

/** "Applied on 2 of 2, generation 7, in 21 ms", or which node rejected the generation and why. */
export function AppliedState({ observed }: { observed: ObservedLb }) {
  const { applied_on: on, instances, generation } = observed
  const of = instances.length
  const slowest = Math.max(...instances.map(({ applied_after_ms: ms }) => ms ?? 0))
  const rejection = rejectionText(observed)
  const isRollingOut =
    rejection === null && instances.every((one) => one.connected && !one.quarantine)
  const tone = on === of ? 'ok' : isRollingOut ? 'progress' : 'warn'
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-[0.8125rem]">
      <StatusBadge tone={tone}>{appliedText(observed)}</StatusBadge>
      <span className="text-muted">
        generation {generation}
        {on === of && slowest > 0 && `, in ${Math.round(slowest)} ms`}
        {rejection && `. ${rejection}`}
      </span>
    </p>
  )
}
