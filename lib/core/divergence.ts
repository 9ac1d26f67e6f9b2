import * as z from 'zod'
import { ID_MAX, textUpTo } from './fields.ts'
import { Region } from './locality.ts'
import { REQUEST_LBS_MAX } from './size-limits.ts'

const Version = z.object({
  generation: z.int(),
  /** When that generation was made, RFC 3339. */
  changed_at: z.string(),
})

/** A load balancer that nodes serve in a state that the database has never had: `GET /fairlead/v1/divergences`. */
export const Divergence = z.object({
  lb_id: z.string(),
  region: Region,
  /** Null where the database does not have it. */
  name: z.string().nullable(),
  /** The IP that it is served at. */
  ip_address: z.string().nullable(),
  nodes: Version,
  database: Version.nullable(),
  /** All of it in words, and what to do. */
  problem: z.string(),
})
export type Divergence = z.infer<typeof Divergence>

export const DivergenceList = z.object({ divergences: z.array(Divergence) })
export type DivergenceList = z.infer<typeof DivergenceList>

/** `POST /fairlead/v1/follow-database`: what the database has is right, and the nodes are to have it. */
export const FollowDatabase = z.object({
  /** Those that are meant; left out, all that the database has. */
  lb_ids: z
    .array(textUpTo(ID_MAX, 'An id'))
    .max(REQUEST_LBS_MAX, {
      error: `At most ${REQUEST_LBS_MAX} load balancers in one request. Send several.`,
    })
    .optional(),
  /** Whether those that the database does not have are meant too where none are named: nodes stop serving them. */
  unknown: z.boolean().default(false),
})
export type FollowDatabase = z.infer<typeof FollowDatabase>

export const FollowDatabaseResult = z.object({
  /** They have a new generation, which the nodes get. */
  followed: z.array(z.string()),
  /** The nodes stop serving them. */
  removed: z.array(z.string()),
})
export type FollowDatabaseResult = z.infer<typeof FollowDatabaseResult>
