import * as z from 'zod'
import { AclFields } from './acl.ts'
import { BackendFields } from './backend.ts'
import { FrontendOfBackend } from './frontend.ts'
import { Lb } from './lb.ts'
import { queryBoolean } from './query-values.ts'
import { Route } from './route.ts'

/** The load balancer's own fields that can be restored, besides its rules. */
const OwnFields = Lb.pick({
  id: true,
  name: true,
  description: true,
  type: true,
  tags: true,
  ssl_compatibility_level: true,
  region: true,
  zone: true,
  organization_id: true,
  project_id: true,
  created_at: true,
  updated_at: true,
})

/** `GET /fairlead/v1/lbs/{lb_id}/changes/{change_id}/state`: the state of a load balancer right after a change. */
export const LbState = z.object({
  change_id: z.int(),
  at: z.string(),
  /** Null if the change deleted the load balancer. */
  lb: OwnFields.nullable(),
  backends: z.array(BackendFields),
  frontends: z.array(FrontendOfBackend.omit({ certificate: true, certificate_ids: true })),
  routes: z.array(Route),
  acls: z.array(AclFields.extend({ frontend_id: z.string() })),
})
export type LbState = z.infer<typeof LbState>

/** `POST /fairlead/v1/lbs/{lb_id}/restore`: restores the state right after a change. */
export const RestoreLb = z
  .object({
    change_id: z
      .int({ error: 'change_id must be the ID of a change in the history of the load balancer.' })
      .min(1, {
        error: 'change_id must be the ID of a change in the history of the load balancer.',
      }),
  })
  .meta({ example: { change_id: 42 } })
export type RestoreLb = z.infer<typeof RestoreLb>

export const RestoreQuery = z.object({
  dry_run: queryBoolean('dry_run').default(false),
})

/** A resource that restoring creates, updates or deletes. The fields are those of a history entry. */
export const RestoreStep = z.object({
  action: z.enum(['create', 'update', 'delete']),
  resource: z.object({
    type: z.enum(['lb', 'backend', 'frontend', 'route', 'acl']),
    id: z.string(),
  }),
  before: z.unknown(),
  after: z.unknown(),
})
export type RestoreStep = z.infer<typeof RestoreStep>

/** The steps that restoring did, or would do with `dry_run`. */
export const Restored = z.object({
  dry_run: z.boolean(),
  /** The time of the restored state. */
  at: z.string(),
  steps: z.array(RestoreStep),
  /** For a deleted load balancer: its former IP, or null if it gets a new one. Omitted for an existing one, which keeps its IP. */
  ip_address: z.string().nullable().optional(),
})
export type Restored = z.infer<typeof Restored>
