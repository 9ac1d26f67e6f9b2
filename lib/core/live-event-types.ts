/** The names of the events of `GET /fairlead/v1/events`; apart from their schemas, so that browsers need not load those. */
export const LIVE_EVENT_TYPES = ['resync', 'lb', 'observed', 'report', 'ips'] as const
