/** The event names of `GET /fairlead/v1/events`. Separate from their schemas, so that the console doesn't load zod for them. */
export const LIVE_EVENT_TYPES = ['resync', 'lb', 'observed', 'report', 'ips', 'nodes'] as const
