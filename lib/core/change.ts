import * as z from 'zod'
import { FailoverReason } from './failover.ts'
import { idFilter } from './fields.ts'
import { Paging } from './list.ts'
import { queryInteger } from './query-values.ts'

/**
 * Verbs of the entries that record a failover: `failover` for those that nobody requested, the others by the call that
 * requested them; and of a move that was cancelled. These entries change no resource and leave the generation as it is.
 */
export const FAILOVER_VERBS = [
  'failover',
  'switch_over',
  'drain_node',
  'rebalance',
  'split_brain',
  'cancel_move',
] as const

/** An entry of a load balancer's history: `GET /fairlead/v1/lbs/{lb_id}/changes`. */
export const Change = z.object({
  id: z.int(),
  lb_id: z.string().nullable(),
  /** The generation that the change made; null if it left the generation as it is. */
  generation: z.int().nullable(),
  at: z.string(),
  actor: z.object({
    kind: z.enum(['account', 'token', 'system']),
    id: z.string(),
    name: z.string(),
  }),
  /** "create", "update", "delete", "set_servers", "failover", … */
  verb: z.string(),
  resource: z.object({
    type: z.enum([
      'lb',
      'ip',
      'backend',
      'frontend',
      'route',
      'acl',
      'certificate',
      'private_network',
      'subscriber',
      'token',
      'account',
      'node',
      'join_token',
    ]),
    id: z.string(),
  }),
  /** The resource's fields before and after; null if it didn't exist. */
  before: z.unknown(),
  after: z.unknown(),
  /** The failover or switchover that the entry records; null for edits, and for entries of earlier versions. */
  failover: z
    .object({
      /** The id that it has in `GET /fairlead/v1/lbs/{lb_id}/failovers`. */
      id: z.string(),
      /** The names of the node that was active before and of the one that is active since. */
      from_node: z.string(),
      to_node: z.string(),
      reason: FailoverReason,
      /** The interruption, in milliseconds with fractions. */
      gap_ms: z.number(),
    })
    .nullable(),
})
export type Change = z.infer<typeof Change>

export const ListChanges = Paging.extend({
  /** Returns entries older than the one with this ID. New entries don't shift the pages. */
  before: queryInteger('before', { min: 1 }).optional(),
  /** Only edits, or only failovers and switchovers. */
  kind: z.enum(['edits', 'failovers']).optional(),
  resource_id: idFilter('resource_id').optional(),
  actor_id: idFilter('actor_id').optional(),
})
export type ListChanges = z.infer<typeof ListChanges>

/** Newest first. */
export const ChangeList = z.object({ changes: z.array(Change), total_count: z.int() })
export type ChangeList = z.infer<typeof ChangeList>

/** The number of newest entries that are searched for subjects. */
export const SUBJECT_LINES_MAX = 10_000
/** The maximum number of actors, and of resources. */
export const SUBJECTS_MAX = 1000

/** The actors and resources that a history can be filtered by: `GET /fairlead/v1/lbs/{lb_id}/changes/subjects`. */
export const ChangeSubjects = z.object({
  actors: z.array(Change.shape.actor),
  /** With their last names. */
  resources: z.array(Change.shape.resource.extend({ name: z.string() })),
})
export type ChangeSubjects = z.infer<typeof ChangeSubjects>
