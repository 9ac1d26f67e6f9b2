import { relayEvents } from '#lib/bff/relay-events.ts'

/** The control plane's event stream. */
export const GET = relayEvents
