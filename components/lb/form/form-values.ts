import type { Region } from '#lib/core/locality.ts'
import type { Protocol } from '#lib/core/protocol.ts'

/** What the inputs of the forms hold: text as typed, until it is sent. */
export type FrontendValues = {
  name: string
  protocol: Protocol
  port: string
  /** The key of a backend rule in the same form, or the id of one that exists; '' for none. */
  backend: string
}

export type CheckValues = {
  kind: 'tcp' | 'http'
  uri: string
  code: string
  /** '' for the port of the backend. */
  port: string
  /** Milliseconds, as delay. */
  delay: string
  timeout: string
  retries: string
}

export type BackendValues = {
  /** Stays while the name is being typed, so that frontends keep pointing at it. */
  key: string
  name: string
  protocol: Protocol
  port: string
  /** One address a line. */
  servers: string
  check: CheckValues
}

export type RulesValues = { frontends: FrontendValues[]; backends: BackendValues[] }

export type IdentityValues = {
  name: string
  description: string
  /** Separated by commas. */
  tags: string
}

export const AUTOMATIC = 'auto'

export type LbValues = IdentityValues &
  RulesValues & {
    region: Region
    /** The id of a conserved address, or `AUTOMATIC`. */
    ip: string
  }

/** The first of `prefix-1`, `prefix-2`, … that is not taken. */
export function freeName(prefix: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = `${prefix}-${number}`
    if (!taken.includes(name)) return name
  }
}

export function newBackend(taken: readonly BackendValues[]): BackendValues {
  const used = taken.flatMap(({ key, name }) => [key, name])
  const name = freeName('backend', used)
  return {
    key: name,
    name,
    protocol: 'http',
    port: '80',
    servers: '',
    check: {
      kind: 'tcp',
      uri: '/',
      code: '200',
      port: '',
      delay: '3000',
      timeout: '1000',
      retries: '3',
    },
  }
}

/** A frontend in front of the first backend there is. */
export function newFrontend(
  taken: readonly { name: string }[],
  backend: { value: string; protocol: Protocol } | undefined,
  port = '',
): FrontendValues {
  return {
    name: freeName(
      'frontend',
      taken.map(({ name }) => name),
    ),
    protocol: backend?.protocol ?? 'http',
    port,
    backend: backend?.value ?? '',
  }
}

/** What the create page starts from: one frontend, one backend, and only name and servers left to type. */
export function newLb(frontendPort: string): LbValues {
  const backend = newBackend([])
  return {
    name: '',
    description: '',
    tags: '',
    region: 'fr-par',
    ip: AUTOMATIC,
    frontends: [newFrontend([], { value: backend.key, protocol: backend.protocol }, frontendPort)],
    backends: [backend],
  }
}
