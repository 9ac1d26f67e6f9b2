import { relayEvents } from '#lib/bff/relay-events.ts'

/** The control plane's events, as they come. */
export const GET = relayEvents
