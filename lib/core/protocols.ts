// Apart from the schema in protocol.ts: pages name protocols, and need not load zod for that.

/** API field `forward_protocol`: what a backend, and every frontend in front of it, speaks. */
export const PROTOCOLS = ['tcp', 'http'] as const
