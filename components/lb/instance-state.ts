import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { ObservedInstance } from '#lib/core/observed.ts'

/** Whether an instance is quarantined and has no older generation to serve. */
export function servesNothing({ applied_generation, quarantine }: ObservedInstance): boolean {
  return quarantine !== null && applied_generation === null
}

/** An instance's state as a badge. */
export function instanceState(instance: ObservedInstance): { tone: StatusTone; label: string } {
  if (!instance.connected) return { tone: 'danger', label: 'Not running' }
  if (instance.active) return { tone: 'ok', label: 'Active' }
  if (servesNothing(instance)) return { tone: 'danger', label: 'Quarantined' }
  return { tone: 'neutral', label: 'Standby' }
}
