// Separate from protocol.ts, so that pages don't load zod for it.

/** API field `forward_protocol`: the protocol of a backend and of its frontends. */
export const PROTOCOLS = ['tcp', 'http'] as const
