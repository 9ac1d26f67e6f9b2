import * as z from 'zod'
import { textUpTo } from './fields.ts'

/** What the demo of several machines shows of itself. `npm run demo:cluster` */
export const DemoState = z.object({
  /** The machines with a plug. */
  hosts: z.array(
    z.object({
      /** The machine's name; a load balancer host's node has it too. */
      name: z.string(),
      role: z.enum(['load_balancer', 'control_plane', 'database']),
      /** What a database machine that runs is; null for others. */
      database: z.enum(['primary', 'standby']).nullable(),
      /** `off`: its plug is pulled. `starting`: it has power again, and what it runs is not ready yet. */
      state: z.enum(['running', 'starting', 'off']),
    }),
  ),
  traffic: z.object({
    /** New connections of the last second, and how many of them failed. */
    requests: z.int(),
    failed: z.int(),
    /** The host that answered last; null before the first answer. */
    through: z.string().nullable(),
  }),
  /** The newest ten, newest first: how long new connections waited, and which hosts answered before and afterwards. */
  blackouts: z.array(
    z.object({ at: z.string(), ms: z.number(), from: z.string(), to: z.string() }),
  ),
})
export type DemoState = z.infer<typeof DemoState>

/** What can be done to a machine of the demo. */
export const DemoAction = z.object({
  host: textUpTo(100, 'A host'),
  action: z.enum(['pull', 'plug']),
})
export type DemoAction = z.infer<typeof DemoAction>
