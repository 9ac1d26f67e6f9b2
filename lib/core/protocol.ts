import * as z from 'zod'
import { PROTOCOLS } from './protocols.ts'

export const Protocol = z.enum(PROTOCOLS, { error: 'Protocol must be tcp or http.' })
export type Protocol = z.infer<typeof Protocol>
