import { StatusBadge } from '#components/ui/status-badge.tsx'
import type { ObservedLb, ObservedListener } from '#lib/core/observed.ts'

/** The listener of a frontend: a failed one of any instance, or else the active instance's. */
function listenerOf(observed: ObservedLb | undefined, id: string): ObservedListener | undefined {
  const views = (observed?.instances ?? []).flatMap(({ active, listeners }) =>
    listeners.filter((one) => one.frontend_id === id).map((listener) => ({ active, listener })),
  )
  const failed = views.find(({ listener }) => listener.state === 'failed')
  return (failed ?? views.find(({ active }) => active) ?? views[0])?.listener
}

/** The state of a frontend's listener, with the reason where it failed. */
export function ListenerState({
  observed,
  frontendId,
}: {
  observed: ObservedLb | undefined
  frontendId: string
}) {
  const listener = listenerOf(observed, frontendId)
  if (listener?.state === 'listening') return <StatusBadge tone="ok">Listening</StatusBadge>
  if (listener?.state === 'standby') return <StatusBadge tone="neutral">Standby</StatusBadge>
  if (listener?.state !== 'failed')
    return <StatusBadge tone="neutral">Not listening yet</StatusBadge>
  return (
    <div className="grid max-w-md gap-0.5">
      <StatusBadge tone="danger">Not listening</StatusBadge>
      <span className="text-[0.8125rem] text-muted">{listener.problem}</span>
    </div>
  )
}
