import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { BackendChoice } from './use-backend-choice.ts'

/** What else changes when a backend is switched to the other protocol: the frontends that share it, and its cookie. */
function consequenceOf(backend: Backend, sharing: readonly Frontend[]): string {
  const other = backend.forward_protocol === 'http' ? 'TCP' : 'HTTP'
  const words = [`${backend.name} is switched to ${other} with this.`]
  if (sharing.length > 0) {
    const names = sharing.map(({ name }) => name).join(', ')
    words.push(`Also in front of it, and switched: ${names}.`)
  }
  if (backend.sticky_sessions === 'cookie') {
    words.push('Its sticky session ends: a cookie needs HTTP.')
  }
  return words.join(' ')
}

/** The backends that there are, as a frontend's choices. `ownId` is the frontend's, where it exists. */
export function backendChoices(
  backends: readonly Backend[],
  frontends: readonly Frontend[],
  ownId: string | null,
): BackendChoice[] {
  return backends.map((backend) => ({
    value: backend.id,
    name: backend.name,
    protocol: backend.forward_protocol,
    consequence: consequenceOf(
      backend,
      frontends.filter((one) => one.backend.id === backend.id && one.id !== ownId),
    ),
  }))
}
