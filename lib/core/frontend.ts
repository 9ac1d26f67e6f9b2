import * as z from 'zod'
import { Backend } from './backend.ts'
import { millisecondsOf } from './duration.ts'
import { ID_MAX, Id, nameOf, optional, portOf, withDefault } from './fields.ts'
import { Lb } from './lb.ts'
import { NameFilter, OrderBy, Paging } from './list.ts'
import { Protocol } from './protocol.ts'

/** A frontend without the objects that it embeds. */
export const FrontendFields = z.object({
  id: z.string(),
  name: z.string(),
  inbound_port: z.int(),
  /** Milliseconds. */
  timeout_client: z.int().nullable(),
  certificate: z.null(),
  certificate_ids: z.array(z.string()),
  connection_rate_limit: z.int().nullable(),
  enable_access_logs: z.boolean(),
  enable_http3: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type FrontendFields = z.infer<typeof FrontendFields>

/** A frontend with its backend's ID instead of the embedded objects. */
export const FrontendOfBackend = FrontendFields.extend({ backend_id: z.string() })
export type FrontendOfBackend = z.infer<typeof FrontendOfBackend>

/** A frontend has no protocol of its own: it speaks its backend's `forward_protocol`. */
export const Frontend = FrontendFields.extend({ lb: Lb, backend: Backend })
export type Frontend = z.infer<typeof Frontend>

export const FrontendList = z.object({ frontends: z.array(Frontend), total_count: z.int() })
export type FrontendList = z.infer<typeof FrontendList>

const NO_TLS = 'TLS is not terminated. Balance HTTPS in TCP mode, with certificates on the servers.'
const RATE_MAX = 4_294_967_295
const RATE_ERROR = `Connection rate limit must be a whole number of connections per second, 0 to ${RATE_MAX}.`

/** New connections per second; 0 means no limit, like unset. Scaleway's API has 32 bits. */
export const ConnectionRateLimit = z
  .int({ error: RATE_ERROR })
  .min(0, { error: RATE_ERROR })
  .max(RATE_MAX, { error: RATE_ERROR })
  .meta({ description: `New connections per second, 0 to ${RATE_MAX}; 0 for no limit.` })

export const ClientTimeout = millisecondsOf('Client timeout', { zero: 'no limit' })

const shared = {
  name: nameOf('Frontend name'),
  inbound_port: portOf('Port'),
  timeout_client: optional(ClientTimeout),
  connection_rate_limit: optional(ConnectionRateLimit),
  enable_access_logs: optional(z.boolean()),
  /** Accepted as in Scaleway's API, without effect: HTTP/3 needs TLS termination. The load balancer's problems list it. */
  enable_http3: optional(z.boolean()),
  certificate_id: optional(z.string().max(0, { error: NO_TLS })),
  certificate_ids: withDefault(z.array(z.string().max(ID_MAX)).max(0, { error: NO_TLS }), []),
  /** A Fairlead extension: the expected protocol, which must be the backend's. */
  protocol: optional(Protocol),
}

/** The backend of a frontend. */
export const BackendId = z
  .string({ error: 'Backend is required.' })
  .min(1, { error: 'Backend is required.' })
  .max(ID_MAX, { error: 'Enter a valid ID (UUID).' })
  .pipe(Id)

/** `POST lbs/{lb_id}/frontends`. */
export const CreateFrontend = z.object({ ...shared, backend_id: BackendId })
export type CreateFrontend = z.infer<typeof CreateFrontend>

/** `PUT frontends/{frontend_id}`. */
export const UpdateFrontend = z.object({ ...shared, backend_id: BackendId })
export type UpdateFrontend = z.infer<typeof UpdateFrontend>

export const ListFrontends = Paging.extend({ name: NameFilter, order_by: OrderBy })
export type ListFrontends = z.infer<typeof ListFrontends>
