import * as z from 'zod'
import { AclFields } from './acl.ts'
import { BackendFields } from './backend.ts'
import { FrontendOfBackend } from './frontend.ts'
import { Lb } from './lb.ts'
import { queryBoolean } from './query-boolean.ts'
import { Route } from './route.ts'

/** What of a load balancer can be restored: its own settings, and its rules. */
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

/** `GET /fairlead/v1/lbs/{lb_id}/changes/{change_id}/state`: a load balancer as it was right after a change. */
export const LbState = z.object({
  change_id: z.int(),
  at: z.string(),
  /** Null where that change deleted it. */
  lb: OwnFields.nullable(),
  backends: z.array(BackendFields),
  frontends: z.array(FrontendOfBackend.omit({ certificate: true, certificate_ids: true })),
  routes: z.array(Route),
  acls: z.array(AclFields.extend({ frontend_id: z.string() })),
})
export type LbState = z.infer<typeof LbState>

/** `POST /fairlead/v1/lbs/{lb_id}/restore`: to how it was right after that change. */
export const RestoreLb = z
  .object({
    change_id: z
      .int({ error: 'change_id must be the id of a line of its history.' })
      .min(1, { error: 'change_id must be the id of a line of its history.' }),
  })
  .meta({ example: { change_id: 42 } })
export type RestoreLb = z.infer<typeof RestoreLb>

export const RestoreQuery = z.object({
  dry_run: queryBoolean('dry_run').default(false),
})

/** What is made anew, changed or deleted by restoring. The fields are those of the history's lines. */
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

/** What restoring did, or would do. */
export const Restored = z.object({
  dry_run: z.boolean(),
  /** When it was as it is to be again. */
  at: z.string(),
  steps: z.array(RestoreStep),
  /** A deleted load balancer's IP: the one it had, or null where it gets a new one; undefined where it keeps its own. */
  ip_address: z.string().nullable().optional(),
})
export type Restored = z.infer<typeof Restored>
