import * as z from 'zod'
import { Algorithm } from '#lib/core/backend.ts'
import { Cluster, Region } from '#lib/core/locality.ts'
import { Protocol } from '#lib/core/protocol.ts'

/** What a node is to run. Every choice is made: no nulls that mean "some default". Times are milliseconds. */

const httpCheck = {
  method: z.string(),
  /** A path, or an absolute URI whose path and query are asked for. */
  uri: z.string(),
  /** The status that counts as healthy. */
  code: z.int(),
  /** The Host header; "" for the server's address and port. */
  host: z.string(),
}

export const DesiredCheckKind = z.discriminatedUnion('type', [
  z.object({ type: z.literal('tcp') }),
  z.object({ type: z.literal('http'), ...httpCheck }),
  z.object({ type: z.literal('https'), ...httpCheck, sni: z.string() }),
  z.object({ type: z.literal('mysql'), user: z.string() }),
  z.object({ type: z.literal('pgsql'), user: z.string() }),
  z.object({ type: z.literal('redis') }),
  z.object({ type: z.literal('ldap') }),
])
export type DesiredCheckKind = z.infer<typeof DesiredCheckKind>

export const DesiredHealthCheck = z.object({
  kind: DesiredCheckKind,
  port: z.int(),
  /** Between the starts of two checks while the outcome is steady. */
  delay: z.int(),
  /** Between two checks while the outcome differs from the state. */
  transient_delay: z.int(),
  timeout: z.int(),
  /** Consecutive failures that take a server out. */
  retries: z.int(),
  send_proxy: z.boolean(),
})
export type DesiredHealthCheck = z.infer<typeof DesiredHealthCheck>

export const DesiredBackend = z.object({
  id: z.string(),
  name: z.string(),
  protocol: Protocol,
  port: z.int(),
  algorithm: Algorithm,
  sticky: z.discriminatedUnion('type', [
    z.object({ type: z.literal('none') }),
    z.object({
      type: z.literal('cookie'),
      name: z.string(),
      /** Whether responses that set the cookie get `Cache-Control: private`. */
      nocache: z.boolean().default(true),
    }),
    z.object({ type: z.literal('table') }),
  ]),
  /** Addresses, IPv4 or IPv6, none twice, in the order they were given. */
  servers: z.array(z.string()),
  health_check: DesiredHealthCheck,
  proxy_protocol: z.enum(['none', 'v1', 'v2', 'v2_ssl', 'v2_ssl_cn']),
  /** How TLS is spoken with the servers, and by HTTP health checks; null: not at all. */
  tls: z
    .object({
      /** Whether their certificates have to be signed by somebody trusted, and be for the server name if there is one. */
      verify: z.boolean(),
      /** Which name is asked for; null for none. */
      server_name: z.string().nullable(),
    })
    .nullable()
    .default(null),
  timeouts: z.object({ connect: z.int(), server: z.int(), tunnel: z.int(), queue: z.int() }),
  /** Connection attempts beyond the first. */
  max_retries: z.int(),
  /** Retries from this one on go to another server; null: the last one only. */
  redispatch_after: z.int().nullable(),
  /** Per server; null for no limit. */
  max_connections: z.int().nullable(),
  shutdown_sessions_when_down: z.boolean(),
  /** The Host header that servers get in place of the client's, with a port where it has one; null for the client's. */
  host: z.string().nullable().default(null),
  /** The host that HTTP clients are redirected to while no server is up. */
  failover_host: z.string().nullable().default(null),
})
export type DesiredBackend = z.infer<typeof DesiredBackend>

/** A backend that is not saved: as much of it as its health check depends on. */
export const DesiredDraft = DesiredBackend.pick({
  servers: true,
  health_check: true,
  proxy_protocol: true,
  tls: true,
})
export type DesiredDraft = z.infer<typeof DesiredDraft>

/** What an ACL compares, and what follows. */
export const DesiredAcl = z.object({
  id: z.string(),
  name: z.string(),
  match: z.object({
    /** Networks in CIDR notation, IPv4 or IPv6; null: every client, none: no client. */
    sources: z.array(z.string()).nullable(),
    /** HTTP only. Any of the values is enough; a header without values has to be there. */
    http: z
      .discriminatedUnion('type', [
        z.object({
          type: z.enum(['path_begin', 'path_end', 'path_regex']),
          values: z.array(z.string()),
        }),
        z.object({ type: z.literal('header'), name: z.string(), values: z.array(z.string()) }),
      ])
      .nullable(),
    /** It matches where sources and http do not both hold. */
    invert: z.boolean(),
  }),
  action: z.discriminatedUnion('type', [
    z.object({ type: z.literal('allow') }),
    z.object({ type: z.literal('deny') }),
    z.object({
      type: z.literal('redirect'),
      code: z.literal([301, 302, 303, 307, 308]),
      to: z.discriminatedUnion('type', [
        /** May hold `{{host}}`, `{{path}}`, `{{query}}` and `{{scheme}}` of the request. */
        z.object({ type: z.literal('location'), target: z.string() }),
        z.object({ type: z.literal('scheme'), scheme: z.string() }),
      ]),
    }),
  ]),
})
export type DesiredAcl = z.infer<typeof DesiredAcl>

/** Where traffic goes that is for a name (SNI in TCP mode, Host in HTTP mode) or a path. */
export const DesiredRoute = z.object({
  id: z.string(),
  backend_id: z.string(),
  match: z.discriminatedUnion('type', [
    z.object({ type: z.enum(['sni', 'host']), name: z.string(), subdomains: z.boolean() }),
    z.object({ type: z.literal('path_begin'), path: z.string() }),
  ]),
})
export type DesiredRoute = z.infer<typeof DesiredRoute>

export const DesiredFrontend = z.object({
  id: z.string(),
  name: z.string(),
  port: z.int(),
  backend_id: z.string(),
  client_timeout: z.int(),
  /** New connections a second; null for no limit. */
  connection_rate_limit: z.int().nullable(),
  access_log: z.boolean(),
  /** In the order in which they are tried: the first that matches decides; none: allowed. */
  acls: z.array(DesiredAcl).default([]),
  /** In the order in which they are tried: the first that matches decides; none: `backend_id`. */
  routes: z.array(DesiredRoute).default([]),
})
export type DesiredFrontend = z.infer<typeof DesiredFrontend>

/** One load balancer, whole. */
export const DesiredConfig = z.object({
  lb_id: z.string(),
  /** Grows with every change; a node refuses one older than it has. */
  generation: z.int(),
  /** The generation's name, which no other history has; missing in what was kept before there were names. */
  revision: z.string().optional(),
  /** When that generation was committed, RFC 3339. */
  changed_at: z.string(),
  region: Region,
  /** The highly available IP, IPv4; null where it has none, and so carries no traffic. */
  address: z.string().nullable(),
  /** The cluster that its master sits on. */
  master: Cluster,
  /** What it may carry on each node; null for no limit. Missing in what was kept before there were limits. */
  limits: z
    .object({
      /** Clients' connections at a time. */
      connections: z.int().nullable(),
      /** Bits a second, of both directions together. */
      bandwidth: z.int().nullable(),
    })
    .default({ connections: null, bandwidth: null }),
  frontends: z.array(DesiredFrontend),
  backends: z.array(DesiredBackend),
})
export type DesiredConfig = z.infer<typeof DesiredConfig>
