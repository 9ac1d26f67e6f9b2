import type { Frontend } from '#lib/core/frontend.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import { freeName } from './free-name.ts'

/** What the inputs of a frontend rule hold: text as typed, until it is sent. */
export type FrontendValues = {
  name: string
  protocol: Protocol
  port: string
  /** The key of a backend rule in the same form, or the id of one that exists; '' for none. */
  backend: string
  /** Milliseconds; '' for the default. */
  clientTimeout: string
  /** New connections a second; '' for no limit. */
  rateLimit: string
  accessLog: boolean
  /** A backend that is to change its protocol along with this frontend, by its id; '' for none. */
  switched: string
}

/** A frontend in front of the first backend there is. */
export function newFrontend(
  taken: readonly { name: string }[],
  backend: { value: string; protocol: Protocol } | undefined,
  port = '',
): FrontendValues {
  const names = taken.map(({ name }) => name)
  return {
    name: freeName('frontend', names),
    protocol: backend?.protocol ?? 'http',
    port,
    backend: backend?.value ?? '',
    clientTimeout: '',
    rateLimit: '',
    accessLog: false,
    switched: '',
  }
}

/** A frontend that there is, as inputs hold it. */
export function frontendValues(frontend: Frontend): FrontendValues {
  return {
    name: frontend.name,
    protocol: frontend.backend.forward_protocol,
    port: String(frontend.inbound_port),
    backend: frontend.backend.id,
    clientTimeout: String(frontend.timeout_client ?? ''),
    rateLimit: String(frontend.connection_rate_limit ?? ''),
    accessLog: frontend.enable_access_logs,
    switched: '',
  }
}
