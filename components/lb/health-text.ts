import { elapsed } from '#components/ui/elapsed.ts'
import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { Instance } from '#lib/core/lb.ts'
import type { ObservedInstance, ObservedLb, ObservedServer } from '#lib/core/observed.ts'

export type Health = {
  tone: StatusTone
  /** "Up", "Down 12 s". */
  state: string
  /** "connection refused, 3 of 3 checks"; null where there is nothing to explain. */
  reason: string | null
}

const UNKNOWN: Health = { tone: 'neutral', state: 'Not checked yet', reason: null }

function checksOf({ streak, threshold }: ObservedServer): string {
  return `${Math.min(streak, threshold)} of ${threshold} checks`
}

/** A server's health in the view of one node. @param now milliseconds since the epoch */
export function serverHealth(server: ObservedServer | undefined, now: number): Health {
  if (!server || server.state === 'unknown') return UNKNOWN
  if (server.state === 'up') return { tone: 'ok', state: 'Up', reason: null }
  return {
    tone: 'danger',
    state: `Down ${elapsed(now - Date.parse(server.since))}`,
    reason: `${server.reason}, ${checksOf(server)}`,
  }
}

/** "Down 12 s: connection refused, 3 of 3 checks" */
export function healthLine({ state, reason }: Health): string {
  return reason ? `${state}: ${reason}` : state
}

const find = (instance: ObservedInstance | undefined, backendId: string, address: string) =>
  instance?.servers.find((one) => one.backend_id === backendId && one.address === address)

/** The active instance's view of a server; any instance's while none is active. */
export function activeView(
  observed: ObservedLb | undefined,
  backendId: string,
  address: string,
): ObservedServer | undefined {
  const instances = observed?.instances ?? []
  const active = instances.find((one) => one.active)
  if (active) return find(active, backendId, address)
  return instances.map((one) => find(one, backendId, address)).find((found) => found)
}

/** The standby instance's view of a server where it differs from the active one's; null where they agree. */
export function standbyView(
  observed: ObservedLb | undefined,
  backendId: string,
  address: string,
): { role: Instance['role']; server: ObservedServer } | null {
  const active = activeView(observed, backendId, address)
  const standby = observed?.instances.find((one) => !one.active && one.connected)
  const server = find(standby, backendId, address)
  if (!active || !standby || !server || server === active) return null
  const isKnown = active.state !== 'unknown' && server.state !== 'unknown'
  return isKnown && active.state !== server.state ? { role: standby.role, server } : null
}
