import type { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { AnyRegion, AnyZone } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { VERSION } from '#lib/process/version.ts'
import type { Environment } from './environment.ts'
import { ErrorBody } from './named-schemas.ts'

/** The tags of the OpenAPI document, in its order. Every call has one of them. */
export const RESOURCES = {
  'Load balancers':
    'A load balancer serves one highly available IP with two instances, a master and a backup.',
  'IP addresses': 'Highly available IPs, attached to a load balancer or reserved.',
  Backends: 'Groups of servers with their balancing algorithm, health check and timeouts.',
  Frontends: 'Ports that a load balancer listens on. Each forwards to a backend.',
  Routes:
    "Rules that send a frontend's traffic to another backend, by server name (SNI), host or path.",
  ACLs: 'Rules that allow, deny or redirect the traffic of a frontend. The first match applies.',
  Certificates:
    "Certificates stored with a load balancer. TLS is not terminated, so a frontend can't use them.",
  'Private networks':
    'The private networks that a load balancer is attached to. Attachments are recorded and have no effect on traffic. IPAM and VPC ' +
    'list these attachments, for clients that read them there. Nothing can be created in IPAM or VPC.',
  Subscribers:
    'Webhooks and email addresses that are notified of the events of a load balancer. Viewers and read-only tokens see "(hidden)" instead of the address.',
  'Projects and keys': "What Scaleway's CLI and Terraform provider read from other products.",
  'Across regions':
    "Fairlead's own calls: load balancers of all regions, their observed state, traffic, history and search.",
  'High availability':
    "Fairlead's own calls: nodes, the active node of a load balancer, failovers and switchovers.",
  Notifications:
    "Fairlead's own calls for subscribers: deliveries, retries, test events and signing secrets.",
  'API tokens':
    "Fairlead's own calls for the tokens that authenticate programs. A token belongs to an account and never has more rights than its owner's role. It is refused while the account is disabled and after it is removed, unless it was handed over.",
  People:
    'Fairlead\'s own calls for accounts and their roles. Viewers and read-only tokens see "(hidden)" instead of others\' emails.',
  Sessions: "Fairlead's own calls for your own sessions: list them and end them.",
  Audit: "Fairlead's own calls for the audit log: logins, denied requests and changes.",
} as const
export type Resource = keyof typeof RESOURCES

/** The OpenAPI 3.1 document without its paths. */
export const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Fairlead',
    version: VERSION,
    description:
      'Any call may answer 400 if the percent-encoding of the URL is malformed or forwarding headers of a trusted proxy ' +
      'disagree, 403 to a cross-origin request from a web page, ' +
      'and 421 if `Host` is neither an address that the API listens on nor listed in `FAIRLEAD_ALLOWED_HOSTS`.',
  },
  tags: Object.entries(RESOURCES).map(([name, description]) => ({ name, description })),
  security: [{ token: [] }, { session: [] }] as Record<string, string[]>[],
}

/** Adds the two ways to authenticate. */
export function describeSecurity(app: OpenAPIHono<Environment>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Auth-Token',
    description: 'The secret key of an API token.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of a session.',
  })
}

type Description = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** The full path, as OpenAPI writes it. */
  path: string
  summary: string
  tag: Resource
  query?: z.ZodObject | undefined
  body?: z.ZodType | undefined
}

/** The description of a call without its success response. */
export function describeCall({ method, path, summary, tag, query, body }: Description) {
  return {
    method,
    summary,
    operationId: operationId(method, path),
    tags: [tag],
    request: {
      params: pathParameters(path),
      ...(query && { query }),
      ...(body && { body: { content: json(body), required: true } }),
    },
    errorResponses: errorResponsesOf({ method, path, query, body }),
  }
}

/** A JSON body. */
export function json(schema: z.ZodType) {
  return { 'application/json': { schema } }
}

/** `get-lbs` and `put-backends-id` for calls by region; others name their API: `get-zones-lbs`, `get-fairlead-lbs`. */
function operationId(method: string, path: string): string {
  const shortPath = path
    .replace('/lb/v1/regions/{region}', '')
    .replace('/lb/v1/zones/{zone}', '/zones')
    .replace('/fairlead/v1', '/fairlead')
    .replace('/iam/v1alpha1', '/iam')
    .replace('/account/v3', '/account')
    .replace('/ipam/v1/regions/{region}', '/ipam')
    .replace('/vpc/v2/regions/{region}', '/vpc')
  return [method, ...shortPath.split('/').filter(Boolean)]
    .join('-')
    .replaceAll(/[{}]/g, '')
    .replaceAll('_', '-')
}

const OTHER_REGIONS = "In Scaleway's other regions, lists are empty and nothing can be created."
const PATH_PARAMETERS: Record<string, z.ZodType> = {
  region: AnyRegion.meta({
    description: `Load balancers can be in ${REGIONS.join(' and ')}. ${OTHER_REGIONS}`,
  }),
  zone: AnyZone.meta({
    description: `Load balancers can be in zones of ${REGIONS.join(' and ')}. ${OTHER_REGIONS}`,
  }),
}

function pathParameters(path: string): z.ZodObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
  return z.object(
    Object.fromEntries(names.map((name) => [name, PATH_PARAMETERS[name] ?? z.string()])),
  )
}

/** The error responses of a call. All have the same body. */
function errorResponsesOf({
  method,
  path,
  query,
  body,
}: Pick<Description, 'method' | 'path' | 'query' | 'body'>) {
  const responses: [status: number, description: string, applies: boolean][] = [
    [
      400,
      'The request is invalid. `details` names each wrong field',
      Boolean(query ?? body) || /\{(?:region|zone)\}/.test(path),
    ],
    [401, 'The credentials are missing or invalid', true],
    [403, 'The caller lacks the right to this call', true],
    [404, 'The object does not exist', path.includes('{id}')],
    [408, 'The body did not arrive within 10 s. Nothing was changed', body !== undefined],
    [
      412,
      'The state of the object does not allow it, or has changed since it was read',
      method !== 'get',
    ],
    [413, 'The body is larger than 1 MiB, or has more than 17,408 chunks', body !== undefined],
    [415, 'The Content-Type of the body is not JSON', body !== undefined],
    [507, 'The disk is full, so nothing was changed', method !== 'get'],
  ]
  const applicable = responses.filter(([, , applies]) => applies)
  return Object.fromEntries(
    applicable.map(([status, description]) => [status, { description, content: json(ErrorBody) }]),
  )
}
