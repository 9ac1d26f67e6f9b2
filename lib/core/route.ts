import * as z from 'zod'
import { Id, nullable, withDefault } from './fields.ts'
import { BackendId } from './frontend.ts'
import { parseDnsName, parseRouteHost } from './host.ts'
import { Paging, TimeOrder } from './list.ts'
import { ROUTE_KINDS, type RouteKind } from './route-kind.ts'

/** Routes per frontend. */
export const ROUTES_MAX = 200

/** The traffic of a route. Exactly one of `sni`, `host_header` and `path_begin` is set. */
export const RouteMatch = z.object({
  sni: z.string().optional(),
  host_header: z.string().optional(),
  path_begin: z.string().optional(),
  /** Whether subdomains match too. */
  match_subdomains: z.boolean(),
})
export type RouteMatch = z.infer<typeof RouteMatch>

/** A route, as the API returns it. */
export const Route = z.object({
  id: z.string(),
  frontend_id: z.string(),
  backend_id: z.string(),
  match: RouteMatch,
  created_at: z.string(),
  updated_at: z.string(),
})
export type Route = z.infer<typeof Route>

export const RouteList = z.object({ routes: z.array(Route), total_count: z.int() })
export type RouteList = z.infer<typeof RouteList>

const HOST_HINT = 'Enter a host name. For example: www.example.com'
const SNI_HINT =
  'Enter a host name, without a port, and not an IP address. For example: www.example.com'

const hostBy = (readable: (name: string) => boolean, error: string) =>
  z
    .string()
    .trim()
    .max(253, { error: 'A host name can have at most 253 characters.' })
    .refine(readable, { error })

const PathBegin = z
  .string()
  .trim()
  .max(1024, { error: 'A path can have at most 1024 characters.' })
  .regex(/^[\x21-\x7e]+$/, { error: 'A path has no spaces. For example: /images' })
  .refine((path) => !/[?#]/.test(path), { error: "A path can't contain ? or #." })
  .meta({ description: 'The leading slash is optional.' })

/** The `match` of requests. */
export const RouteMatchInput = z
  .object(
    {
      sni: nullable(hostBy((name) => parseDnsName(name) !== null, SNI_HINT)),
      host_header: nullable(hostBy((name) => parseRouteHost(name) !== null, HOST_HINT)),
      path_begin: nullable(PathBegin),
      match_subdomains: withDefault(z.boolean(), false),
    },
    { error: 'match must have sni, host_header or path_begin.' },
  )
  .superRefine((match, context) => {
    const given = ROUTE_KINDS.filter((kind) => match[kind] !== null)
    if (given.length === 0) {
      const message = 'match must have sni, host_header or path_begin.'
      context.addIssue({ code: 'custom', path: [], message })
    }
    for (const kind of given.slice(1)) {
      const message = `A route has one kind of match, but ${given.join(' and ')} are set.`
      context.addIssue({ code: 'custom', path: [kind], message })
    }
    if (match.path_begin !== null && match.match_subdomains) {
      const message = 'A path has no subdomains.'
      context.addIssue({ code: 'custom', path: ['match_subdomains'], message })
    }
  })
  .transform(({ match_subdomains, ...kinds }): RouteMatch => {
    const kind = ROUTE_KINDS.find((key) => kinds[key] !== null) as RouteKind
    return { match_subdomains, [kind]: kinds[kind] }
  })

const EXAMPLE_ID = '6f1c2f4e-3f0a-4b6e-9d55-2c8a1f7b9e10'
const EXAMPLE = {
  backend_id: EXAMPLE_ID,
  match: { host_header: 'static.example.com', match_subdomains: false },
}

/** `POST routes`. */
export const CreateRoute = z
  .object({ frontend_id: Id, backend_id: BackendId, match: RouteMatchInput })
  .meta({ example: { frontend_id: EXAMPLE_ID, ...EXAMPLE } })
export type CreateRoute = z.infer<typeof CreateRoute>

/** `PUT routes/{route_id}`. The frontend can't be changed. */
export const UpdateRoute = CreateRoute.omit({ frontend_id: true }).meta({ example: EXAMPLE })
export type UpdateRoute = z.infer<typeof UpdateRoute>

export const ListRoutes = Paging.extend({
  order_by: TimeOrder,
  frontend_id: Id.optional().meta({ description: 'Only objects of this frontend.' }),
  lb_id: Id.optional().meta({
    description: "Only routes of this load balancer's frontends. A Fairlead extension.",
  }),
})
export type ListRoutes = z.infer<typeof ListRoutes>
