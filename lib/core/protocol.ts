import * as z from 'zod'

/** API field `forward_protocol`: what a backend, and every frontend in front of it, speaks. */
export const PROTOCOLS = ['tcp', 'http'] as const
export const Protocol = z.enum(PROTOCOLS, { error: 'Protocol must be tcp or http.' })
export type Protocol = z.infer<typeof Protocol>
