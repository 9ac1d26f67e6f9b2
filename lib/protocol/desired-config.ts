import * as z from 'zod'
import { Algorithm } from '#lib/core/backend.ts'
import { Cluster, Region } from '#lib/core/locality.ts'
import { Protocol } from '#lib/core/protocol.ts'
import { Carriage } from './pair.ts'

/** What a node is to run. It leaves no choice open: null never means "the default". Times are milliseconds. */

const httpCheck = {
  method: z.string(),
  /** A path, or an absolute URI whose path and query are requested. */
  uri: z.string(),
  /** The status that counts as healthy. */
  code: z.int(),
  /** The Host header; empty for the server's address and port. */
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
  /** Between the starts of two checks while the outcome confirms the state. */
  delay: z.int(),
  /** Between two checks while the outcome differs from the state. */
  transient_delay: z.int(),
  timeout: z.int(),
  /** Consecutive failures after which a server is marked down. */
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
  /** Addresses, IPv4 or IPv6, in the configured order and without duplicates. */
  servers: z.array(z.string()),
  health_check: DesiredHealthCheck,
  proxy_protocol: z.enum(['none', 'v1', 'v2', 'v2_ssl', 'v2_ssl_cn']),
  /** TLS to the servers, also of HTTP health checks; null for none. */
  tls: z
    .object({
      /** Whether the servers' certificates are verified, and their name too if there is a server name. */
      verify: z.boolean(),
      /** The SNI; null for none. */
      server_name: z.string().nullable(),
    })
    .nullable()
    .default(null),
  timeouts: z.object({ connect: z.int(), server: z.int(), tunnel: z.int(), queue: z.int() }),
  /** Connection attempts beyond the first. */
  max_retries: z.int(),
  /** Retries from this one on go to another server; null for the last one only. */
  redispatch_after: z.int().nullable(),
  /** Per server; null for no limit. */
  max_connections: z.int().nullable(),
  shutdown_sessions_when_down: z.boolean(),
  /** The Host header that servers get instead of the client's, with a port if it has one; null for the client's. */
  host: z.string().nullable().default(null),
  /** The host that HTTP clients are redirected to while no server is up. */
  failover_host: z.string().nullable().default(null),
})
export type DesiredBackend = z.infer<typeof DesiredBackend>

/** The part of an unsaved backend that its health check depends on. */
export const DesiredDraft = DesiredBackend.pick({
  servers: true,
  health_check: true,
  proxy_protocol: true,
  tls: true,
})
export type DesiredDraft = z.infer<typeof DesiredDraft>

export const DesiredAcl = z.object({
  id: z.string(),
  name: z.string(),
  match: z.object({
    /** Networks in CIDR notation, IPv4 or IPv6; null matches every client, an empty list none. */
    sources: z.array(z.string()).nullable(),
    /** HTTP only. One matching value is enough; a header without values matches if it is present. */
    http: z
      .discriminatedUnion('type', [
        z.object({
          type: z.enum(['path_begin', 'path_end', 'path_regex']),
          values: z.array(z.string()),
        }),
        z.object({ type: z.literal('header'), name: z.string(), values: z.array(z.string()) }),
      ])
      .nullable(),
    /** Whether it matches if `sources` and `http` do not both match. */
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

/** The backend for a name (SNI in TCP mode, Host in HTTP mode) or a path. */
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
  /** New connections per second; null for no limit. */
  connection_rate_limit: z.int().nullable(),
  access_log: z.boolean(),
  /** In order of evaluation. The first match decides; without a match, the request is allowed. */
  acls: z.array(DesiredAcl).default([]),
  /** In order of evaluation. The first match decides; without a match, `backend_id` gets the request. */
  routes: z.array(DesiredRoute).default([]),
})
export type DesiredFrontend = z.infer<typeof DesiredFrontend>

/** The whole configuration of one load balancer. */
export const DesiredConfig = z.object({
  lb_id: z.string(),
  /** Incremented by every change; a node refuses one older than its own. */
  generation: z.int(),
  /** Identifies this generation in this history of the database; missing in files from before there were revisions. */
  revision: z.string().optional(),
  /** When the generation was committed, RFC 3339. */
  changed_at: z.string(),
  region: Region,
  /** The HA IP, IPv4; null if it has none and so carries no traffic. */
  address: z.string().nullable(),
  /** The cluster of its master. */
  master: Cluster,
  /** How master and backup share the address if they are on different hosts; null on one machine. */
  carriage: Carriage.nullable().default(null),
  /** Limits of each node; null for no limit. Missing in files from before there were limits. */
  limits: z
    .object({
      /** Concurrent client connections. */
      connections: z.int().nullable(),
      /** Bits per second, both directions together. */
      bandwidth: z.int().nullable(),
    })
    .default({ connections: null, bandwidth: null }),
  frontends: z.array(DesiredFrontend),
  backends: z.array(DesiredBackend),
})
export type DesiredConfig = z.infer<typeof DesiredConfig>
