import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { BackendChoice } from './use-backend-choice.ts'

/** What else changes along with a backend's protocol: the other frontends in front of it, and its cookie. */
function consequenceOf(backend: Backend, sharing: readonly Frontend[]): string {
  const other = backend.forward_protocol === 'http' ? 'TCP' : 'HTTP'
  const sentences = [`${backend.name} is switched to ${other} with this.`]
  if (sharing.length > 0) {
    const names = sharing.map(({ name }) => name).join(', ')
    sentences.push(`Also in front of it, and switched: ${names}.`)
  }
  if (backend.sticky_sessions === 'cookie') {
    sentences.push('Its sticky session ends: a cookie needs HTTP.')
  }
  return sentences.join(' ')
}

/** The existing backends as a frontend's choices. @param ownId the frontend's ID; null for a new one */
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
