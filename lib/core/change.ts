import * as z from 'zod'
import { idFilter } from './fields.ts'
import { digitsOf, Paging } from './list.ts'

/** One line of a load balancer's history: `GET /fairlead/v1/lbs/{lb_id}/changes`. */
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
  /** The resource's fields before and after; null where it was not there. */
  before: z.unknown(),
  after: z.unknown(),
})
export type Change = z.infer<typeof Change>

export const ListChanges = Paging.extend({
  /** Lines older than the one with this id: where the next page begins, whatever has been added meanwhile. */
  before: digitsOf('before')
    .transform(Number)
    .pipe(z.int({ error: 'before must be the id of a line.' }).min(1))
    .optional(),
  resource_id: idFilter('resource_id').optional(),
  actor_id: idFilter('actor_id').optional(),
})
export type ListChanges = z.infer<typeof ListChanges>

/** Newest first. */
export const ChangeList = z.object({ changes: z.array(Change), total_count: z.int() })
export type ChangeList = z.infer<typeof ChangeList>

/** The newest lines of a history in which subjects are looked for. */
export const SUBJECT_LINES_MAX = 10_000
/** Of each kind, those of the newest lines. */
export const SUBJECTS_MAX = 1000

/**
 * Whom and what a history can be filtered by: `GET /fairlead/v1/lbs/{lb_id}/changes/subjects`. Those of its newest lines, as it
 * may have any number of lines.
 */
export const ChangeSubjects = z.object({
  actors: z.array(Change.shape.actor),
  /** By the name they last had. */
  resources: z.array(Change.shape.resource.extend({ name: z.string() })),
})
export type ChangeSubjects = z.infer<typeof ChangeSubjects>
