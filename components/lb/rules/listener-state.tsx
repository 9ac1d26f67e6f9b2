import { StatusBadge } from '#components/ui/status-badge.tsx'
import type { ObservedLb, ObservedListener } from '#lib/core/observed.ts'

/** The listening port as the active instance sees it; a problem on either comes first. */
function listenerOf(observed: ObservedLb | undefined, id: string): ObservedListener | undefined {
  const views = (observed?.instances ?? []).flatMap(({ active, listeners }) =>
    listeners.filter((one) => one.frontend_id === id).map((listener) => ({ active, listener })),
  )
  const failed = views.find(({ listener }) => listener.state === 'failed')
  return (failed ?? views.find(({ active }) => active) ?? views[0])?.listener
}

/** Whether a frontend's port is listened on, and what is in the way where it is not. */
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
