import type { TLSSocket } from 'node:tls'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { clientNetwork } from '#lib/core/client-address.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import {
  NODE_BODY,
  UNAUTHENTICATED_BODIES_MAX,
  UNAUTHENTICATED_BODY,
} from '#lib/process/body-limits.ts'
import { BodySlots } from '#lib/process/body-slots.ts'
import {
  HOST_LINK_PATH,
  HOST_REPORT_PATH,
  HostHello,
  type HostOrder,
} from '#lib/protocol/host-link.ts'
import { JOIN_PATH, RENEW_PATH, RenewRequest } from '#lib/protocol/join.ts'
import type { Throttle } from '../accounts/throttle.ts'
import { ApiError, tooManyRequests } from '../errors.ts'
import type { HostConnections } from '../nodes/hosts/host-connections.ts'
import { NodeSilence } from '../nodes/hosts/node-silence.ts'
import { readHostReport } from '../nodes/hosts/read-host-report.ts'
import { unheardPeers } from '../nodes/hosts/unheard-peers.ts'
import { joinNode } from '../nodes/joining/join-node.ts'
import { type Joining, joinResponse } from '../nodes/joining/joining.ts'
import { deniedCertificate, peerOf } from '../nodes/joining/node-certificate.ts'
import { parseAny } from '../services/parse-input.ts'
import { auditWriter, UNKNOWN_ACTOR } from './audit-writer.ts'
import { originOf } from './client-address.ts'
import type { Environment, Services } from './environment.ts'
import { errorResponse, unknownPathResponse } from './error-response.ts'
import { type AuthenticateNode, nodeRoutes } from './node-routes.ts'
import { readJson } from './read-json.ts'
import { requestLog } from './request-log.ts'
import { standardHeaders } from './standard-headers.ts'
import { streamResponse } from './stream-response.ts'

export type NodeServices = Services & {
  joining: Joining
  hosts: HostConnections
  /** Where hosts connect; empty if this control plane is alone. */
  replicas: { readonly addresses: readonly string[] }
  /** Limits join tokens that can't be used, per network. */
  joinThrottle: Throttle
}

/** What the node listener answers: joining, and what nodes with a certificate follow and report. */
export function makeNodeApp(services: NodeServices): OpenAPIHono<Environment> {
  const { log, hosts, joining, replicas, context } = services
  const { registry, placements } = context
  const app = new OpenAPIHono<Environment>()
  const silence = new NodeSilence()
  const authenticate = certifiedNode(services, silence)
  app.onError(errorResponse(log))
  app.notFound(unknownPathResponse)
  app.use(requestLog(services), standardHeaders, auditRefusals(services))

  const joinBody = { ...UNAUTHENTICATED_BODY, slots: new BodySlots(UNAUTHENTICATED_BODIES_MAX) }
  app.post(JOIN_PATH, async (http) => {
    const input = await readJson(http, joinBody)
    const ctx = { ...context, joining, origin: originOf(http, services) }
    const network = clientNetwork(ctx.origin.address)
    const response = await limitRefused(services, network, () => joinNode(ctx, input))
    log.info({ node: response.node.name, address: ctx.origin.address }, 'node joined')
    return http.json(response)
  })

  app.post(RENEW_PATH, async (http) => {
    const { node } = authenticate(http)
    const { csr } = parseAny(RenewRequest, await readJson(http))
    const certificate = await joining.authority.certifyNode(node, csr)
    await registry.noteCertificate(node.id, certificate.expiresAt.toISOString())
    log.info({ node: node.name, until: certificate.expiresAt }, 'certificate renewed')
    return http.json(joinResponse(joining, node, certificate))
  })

  app.post(HOST_LINK_PATH, async (http) => {
    const { node, revoked } = authenticate(http)
    const { host, version, addresses } = parseAny(HostHello, await readJson(http))
    registry.noteSeen(node.id)
    await context.addressChanges.check(node, addresses, originOf(http, services))
    log.info({ node: node.name, host, version }, 'host connected')
    return streamResponse(http, { 'Content-Type': 'application/x-ndjson' }, () => {
      const { orders, disconnect } = hosts.connect(node.id)
      return {
        follow: (closed) =>
          ordersOf({ node, joining, replicas }, orders(AbortSignal.any([closed, revoked]))),
        onEnd: () => {
          disconnect()
          log.info({ node: node.name, host }, 'host disconnected')
        },
      }
    })
  })

  app.post(HOST_REPORT_PATH, async (http) => {
    const { node } = authenticate(http)
    registry.noteSeen(node.id)
    const report = readHostReport(await readJson(http, NODE_BODY))
    if (!report) return http.body(null, 204)
    for (const peer of unheardPeers(placements.pairs, node.id, report)) {
      silence.suspect(peer)
      hosts.send(peer, { type: 'ping' })
    }
    await hosts.receive(node, report)
    return http.body(null, 204)
  })

  app.route('/nodes/v1', nodeRoutes(services, authenticate))
  return app
}

/** The control plane may have been started with other pools than when the host joined. */
async function* ordersOf(
  {
    node,
    joining,
    replicas,
  }: { node: RegisteredNode } & Pick<NodeServices, 'joining' | 'replicas'>,
  orders: AsyncIterable<HostOrder>,
): AsyncGenerator<HostOrder> {
  const { networks, egress } = joining
  yield { type: 'networks', networks: networks(node.region), egress }
  const addresses = [...replicas.addresses]
  if (addresses.length > 0) yield { type: 'control_planes', addresses }
  yield* orders
}

/** By the certificate of the connection. @throws ApiError 403 */
function certifiedNode(
  { context: { registry } }: NodeServices,
  silence: NodeSilence,
): AuthenticateNode {
  return (http) => {
    const peer = peerOf(http.env.incoming.socket as TLSSocket)
    const authenticated = registry.authenticateCertificate(peer.nodeId)
    if (!authenticated) {
      throw deniedCertificate('removed', 'This node was removed. Join it again with a new token.')
    }
    const { node, revoked } = authenticated
    const away = silence.heard(node.id)
    if (!peer.ended || peer.away !== away) {
      peer.away = away
      peer.ended = AbortSignal.any([revoked, peer.expired, away])
    }
    return { node, revoked: peer.ended }
  }
}

/**
 * Limits join tokens that can't be used, per network. A valid one always works: its 256 bits can't be guessed, and one client must not
 * lock out others in its network.
 */
async function limitRefused<T>(
  { joinThrottle }: NodeServices,
  network: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    const wait = joinThrottle.wait(network)
    if (wait > 0) throw tooManyRequests('Too many wrong tokens. Try again in a few minutes.', wait)
    joinThrottle.count(network)
    throw error
  }
}

/** Audits what is refused, with the reason, but for clients without a certificate: those prove to be nobody. */
function auditRefusals(services: NodeServices): MiddlewareHandler<Environment> {
  return async (http, next) => {
    await next()
    const { error } = http
    if (!(error instanceof ApiError) || ![401, 403].includes(error.status)) return
    if (error.body.reason === 'missing') return
    const { method, path } = http.req
    const detail = `${method} ${path}: ${error.body.message}`
    auditWriter(http, services)('denied', { actor: UNKNOWN_ACTOR, detail })
  }
}
