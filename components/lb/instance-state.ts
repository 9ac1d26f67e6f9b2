import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { ObservedInstance } from '#lib/core/observed.ts'

/** Whether a quarantine leaves an instance with nothing to serve; else it serves an older generation. */
export function servesNothing({ applied_generation, quarantine }: ObservedInstance): boolean {
  return quarantine !== null && applied_generation === null
}

/** What an instance does at the moment, in a word. */
export function instanceState(instance: ObservedInstance): { tone: StatusTone; label: string } {
  if (!instance.connected) return { tone: 'danger', label: 'Not running' }
  if (instance.active) return { tone: 'ok', label: 'Active' }
  if (servesNothing(instance)) return { tone: 'danger', label: 'Quarantined' }
  return { tone: 'neutral', label: 'Standby' }
}
