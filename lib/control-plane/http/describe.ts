import type { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { AnyRegion, AnyZone } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { VERSION } from '../version.ts'
import type { Environment } from './environment.ts'
import { ErrorBody } from './named-schemas.ts'

/** What the calls are about, in the order of the description. The tag of every call is one of these. */
export const RESOURCES = {
  'Load balancers':
    'What takes the traffic of one highly available IP: two instances, and the rules below.',
  'IP addresses': 'The highly available IPs, each attached to a load balancer or kept for one.',
  Backends: 'Sets of servers, how they are chosen and how their health is checked.',
  Frontends: 'Ports on which a load balancer listens, each forwarding to a backend.',
  Routes:
    "Which of a load balancer's backends a frontend passes traffic to, by server name, host or path.",
  ACLs: 'Who and what a frontend lets through, refuses or redirects; the first that matches decides.',
  Certificates:
    "Certificates that are kept with a load balancer. TLS is not offloaded, so a frontend can't use one.",
  'Private networks':
    'The private networks that a load balancer is attached to. Attachments are recorded and have no effect on traffic. IPAM and VPC ' +
    'answer from these records what clients read about a load balancer in a private network. Nothing can be created there.',
  Subscribers:
    'Webhooks and email addresses that are notified of the events of a load balancer. Viewers and read-only tokens see "(hidden)" instead of the address.',
  'Projects and keys': "What Scaleway's CLI and Terraform provider read from other products.",
  'Across regions':
    "Fairlead's own calls: all regions at once, what the nodes report, history and search.",
  'High availability':
    "Fairlead's own calls: which node accepts a load balancer's traffic, when that changed, and moving it.",
  Notifications:
    "Fairlead's own calls for subscribers: what was sent to them, trying it again, tests and secrets.",
  'API tokens':
    "Fairlead's own calls for the tokens that authenticate programs. A token belongs to an account and never has more rights than its owner's role. It is refused while the account is disabled and after it is removed, unless it was handed over.",
  People:
    'Fairlead\'s own calls for accounts and their roles. Viewers and read-only tokens see "(hidden)" instead of others\' emails.',
  Sessions: "Fairlead's own calls for your own sessions: list them and end them.",
  Audit: "Fairlead's own calls for the audit log: logins, denied requests and changes.",
} as const
export type Resource = keyof typeof RESOURCES

/** The document's own parts, beside the calls. OpenAPI 3.1. */
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

/** How a caller shows who it is. Either is enough. */
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
    description: "A console's session.",
  })
}

type Described = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** The whole path, as OpenAPI writes it. */
  path: string
  summary: string
  tag: Resource
  query?: z.ZodObject | undefined
  body?: z.ZodType | undefined
}

/** All that a call's description has beside its good answers. */
export function describeCall({ method, path, summary, tag, query, body }: Described) {
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
    refusals: refusals({ method, path, query, body }),
  }
}

/** A JSON body. */
export function json(schema: z.ZodType) {
  return { 'application/json': { schema } }
}

/**
 * A call's name, which its path decides: `get-lbs`, `put-backends-id`. Regions are understood; other calls say
 * where they are: `get-zones-lbs`, `get-fairlead-lbs`.
 */
function operationId(method: string, path: string): string {
  const place = path
    .replace('/lb/v1/regions/{region}', '')
    .replace('/lb/v1/zones/{zone}', '/zones')
    .replace('/fairlead/v1', '/fairlead')
    .replace('/iam/v1alpha1', '/iam')
    .replace('/account/v3', '/account')
    .replace('/ipam/v1/regions/{region}', '/ipam')
    .replace('/vpc/v2/regions/{region}', '/vpc')
  return [method, ...place.split('/').filter(Boolean)]
    .join('-')
    .replaceAll(/[{}]/g, '')
    .replaceAll('_', '-')
}

const ELSEWHERE = "In Scaleway's other ones, lists are empty and nothing can be created."
const PATH_PARAMETERS: Record<string, z.ZodType> = {
  region: AnyRegion.meta({
    description: `Load balancers can be in ${REGIONS.join(' and ')}. ${ELSEWHERE}`,
  }),
  zone: AnyZone.meta({
    description: `Load balancers can be in zones of ${REGIONS.join(' and ')}. ${ELSEWHERE}`,
  }),
}

function pathParameters(path: string): z.ZodObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
  return z.object(
    Object.fromEntries(names.map((name) => [name, PATH_PARAMETERS[name] ?? z.string()])),
  )
}

/** The answers by which a call is refused, all with the same body. */
function refusals({
  method,
  path,
  query,
  body,
}: Pick<Described, 'method' | 'path' | 'query' | 'body'>) {
  const answers: [number, string, boolean][] = [
    [
      400,
      'The request is not valid; `details` names each wrong field',
      Boolean(query ?? body) || /\{(?:region|zone)\}/.test(path),
    ],
    [401, 'Nothing was shown that allows the call', true],
    [403, 'Who asks may not do this', true],
    [404, 'There is no such object', path.includes('{id}')],
    [408, 'The body did not arrive within 10 s. Nothing was changed', body !== undefined],
    [412, 'The state does not allow it, or has moved on since it was read', method !== 'get'],
    [413, 'The body is larger than 1 MiB, or sent in more than 17,408 chunks', body !== undefined],
    [415, 'The Content-Type of the body is not JSON', body !== undefined],
    [507, 'The disk is full, so nothing was changed', method !== 'get'],
  ]
  const held = answers.filter(([, , holds]) => holds)
  return Object.fromEntries(
    held.map(([status, description]) => [status, { description, content: json(ErrorBody) }]),
  )
}
