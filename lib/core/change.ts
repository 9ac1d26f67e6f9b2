import * as z from 'zod'
import { idFilter } from './fields.ts'
import { Paging } from './list.ts'
import { queryInteger } from './query-values.ts'

/** An entry of a load balancer's history: `GET /fairlead/v1/lbs/{lb_id}/changes`. */
export const Change = z.object({
  id: z.int(),
  lb_id: z.string().nullable(),
  generation: z.int().nullable(),
  at: z.string(),
  actor: z.object({
    kind: z.enum(['account', 'token', 'system']),
    id: z.string(),
    name: z.string(),
  }),
  /** "create", "update", "delete", "set_servers", … */
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
    ]),
    id: z.string(),
  }),
  /** The resource's fields before and after; null if it didn't exist. */
  before: z.unknown(),
  after: z.unknown(),
})
export type Change = z.infer<typeof Change>

export const ListChanges = Paging.extend({
  /** Returns entries older than the one with this ID. New entries don't shift the pages. */
  before: queryInteger('before', { min: 1 }).optional(),
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
