import type { OpenAPIHono } from '@hono/zod-openapi'
import type * as z from 'zod'
import type { Right } from '#lib/core/access.ts'
import type { Authority } from '../authority/authority.ts'
import type { Context } from '../context.ts'
import { ApiError } from '../errors.ts'
import type { Scope } from '../scope.ts'
import type { CallWith } from '../services/call.ts'
import { yieldEvery } from '../yield-every.ts'
import { auditWriter } from './audit-writer.ts'
import { originOf } from './client-address.ts'
import { describeCall, json, type Resource } from './describe.ts'
import type { Environment, Http, Services } from './environment.ts'
import { readJson } from './read-json.ts'
import { readQuery } from './read-query.ts'
import { redactFor } from './redaction.ts'
import { neededRight, requireRight } from './require-right.ts'

/** A call of Fairlead's own API: all that a service may read. */
export type Call = CallWith<'id' | 'params' | 'input' | 'ifMatch' | 'session', keyof Context> & {
  query: Record<string, string | string[]>
  /** Writes an event other than a change to the audit log. */
  audit: ReturnType<typeof auditWriter>
}
/** A call of Scaleway's API, which has a region or a zone in its path. */
export type ScopedCall = Call & { scope: Scope }

/** What a service returns to its endpoint: a value, with its entity tag if it has one. */
export type Result = { value: unknown; etag?: string }

/** A call of the API, for the router and the OpenAPI document. */
export type Endpoint<C extends Call> = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As OpenAPI writes it: `/lbs/{id}`. */
  path: string
  summary: string
  /** The right that the caller needs. Default: `read` for GET, else `write`. */
  needs?: Right
  /** The query parameters. Others are rejected. */
  query?: z.ZodObject
  body?: z.ZodType
  /** The schema of the response body; null for 204. */
  response: z.ZodType | null
  handle: (call: C) => Promise<Result> | Promise<void>
}

type Mount<C extends Call> = {
  services: Services
  /** The prefix of all paths, as OpenAPI writes it. */
  base: string
  tag: Resource
  callOf: (http: Http, call: Call) => C
}

/** Adds endpoints to the router and the OpenAPI document. Other methods on their paths return 405. */
export function mount<C extends Call>(
  app: OpenAPIHono<Environment>,
  endpoints: readonly Endpoint<C>[],
  { services, base, tag, callOf }: Mount<C>,
): void {
  for (const endpoint of endpoints) {
    describeEndpoint(app, endpoint, base, tag)
    app.on(endpoint.method, routePath(base + endpoint.path), async (http) => {
      const authority = requireRight(http, neededRight(endpoint), base + endpoint.path)
      const yieldWhenDue = yieldEvery()
      const call = callOf(http, await readCall(http, services, authority, endpoint.query))
      await yieldWhenDue()
      const result = (await endpoint.handle(call)) ?? null
      await yieldWhenDue()
      return respond(http, services, result)
    })
  }
  for (const [path, group] of Map.groupBy(endpoints, (one) => one.path)) {
    const allow = group.map(({ method }) => method.toUpperCase()).join(', ')
    app.all(routePath(base + path), () => {
      const message = `This address supports ${allow} only.`
      throw new ApiError(405, { message, type: 'method_not_allowed' }, { Allow: allow })
    })
  }
}

/** `/lbs/{id}` in the router's syntax. */
function routePath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

async function readCall(
  http: Http,
  services: Services,
  authority: Authority,
  query: z.ZodObject | undefined,
): Promise<Call> {
  const { context } = services
  return {
    ctx: { ...context, actor: http.var.actor, authority, origin: originOf(http, services) },
    id: http.req.param('id') ?? '',
    params: http.req.param(),
    query: readQuery(http, query),
    // A body of GET has no meaning (RFC 9110 section 9.3.1), so it is not read.
    input: /^(GET|HEAD)$/.test(http.req.method) ? undefined : await readJson(http),
    ifMatch: http.req.header('if-match') ?? null,
    session: http.var.sessionToken,
    audit: auditWriter(http, services),
  }
}

async function respond(
  http: Http,
  { context }: Services,
  result: Result | null,
): Promise<Response> {
  if (result === null) return http.body(null, 204)
  if (result.etag) http.header('ETag', result.etag)
  return http.json(await redactFor(http, context.store.reader, result.value))
}

function describeEndpoint<C extends Call>(
  app: OpenAPIHono<Environment>,
  endpoint: Endpoint<C>,
  base: string,
  tag: Resource,
): void {
  const { response } = endpoint
  const path = base + endpoint.path
  const { errorResponses, ...described } = describeCall({ ...endpoint, path, tag })
  app.openAPIRegistry.registerPath({
    ...described,
    path,
    responses: {
      ...(response
        ? { 200: { description: 'Done', content: json(response) } }
        : { 204: { description: 'Done' } }),
      ...errorResponses,
    },
  })
}
