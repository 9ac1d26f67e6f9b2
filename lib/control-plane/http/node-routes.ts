import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { NODE_BODY } from '#lib/process/body-limits.ts'
import { CheckReport, FollowRequest } from '#lib/protocol/stream.ts'
import { deniedAuthentication } from '../errors.ts'
import { detectDivergence } from '../nodes/divergence/detect-divergence.ts'
import { followConfig } from '../nodes/follow-config.ts'
import { readReport } from '../nodes/observed/read-report.ts'
import type { AuthenticatedNode } from '../nodes/registry/node-registry.ts'
import { parseAny } from '../services/parse-input.ts'
import { yieldEvery } from '../yield-every.ts'
import type { Environment, Http, Services } from './environment.ts'
import { unknownPathResponse } from './error-response.ts'
import { readJson } from './read-json.ts'
import { bearerToken } from './secret.ts'
import { streamResponse } from './stream-response.ts'

const WorkerQuery = z.object({ worker: z.coerce.number().int().min(1).default(1) })

/** Tells which node calls. @throws ApiError 401 or 403 if none does */
export type AuthenticateNode = (http: Http) => AuthenticatedNode

/** By the credential that a node of this machine has. @throws ApiError 401 */
export function bearerNode({ context: { registry } }: Services): AuthenticateNode {
  return (http) => {
    const authenticated = registry.authenticate(bearerToken(http.req.header('authorization')) ?? '')
    if (authenticated) return authenticated
    throw deniedAuthentication('node_credential', 'not_found', 'This is for nodes only.')
  }
}

/** `/nodes/v1/…`: what nodes follow, and what they report. `authenticate` says which node it is. */
export function nodeRoutes({ context, log }: Services, authenticate: AuthenticateNode) {
  const { store, commits, registry, fleet, traffic, drafts, placements, rollOuts } = context
  const app = new OpenAPIHono<Environment>()

  app.use(async (http, next) => {
    const { node } = authenticate(http)
    registry.noteSeen(node.id)
    await next()
  })

  app.post('/config', async (http) => {
    const { node, revoked } = authenticate(http)
    const worker = workerOf(http)
    const request = parseAny(FollowRequest, await readJson(http, NODE_BODY))
    const { known, workers, version } = request
    await registry.noteJoined(node.id, version)
    await detectDivergence(context, { node, worker, workers }, known)
    const { stream, disconnect } = drafts.streams.connect(node, worker)
    const disconnects = [
      fleet.connect(node, worker, request),
      traffic.connect({ id: `${node.id}/${worker}`, region: node.region }),
      disconnect,
    ]
    const name = { node: node.name, worker }
    log.info({ ...name, version, known: Object.keys(known).length }, 'node connected')
    const followed = {
      store,
      commits,
      divergences: fleet.divergences,
      asked: stream,
      placements,
      rollOuts,
      node,
      known,
      onPlanned: fleet.notePlanned.bind(fleet),
      onDecided: fleet.resolveDivergences.bind(fleet),
    }
    return streamResponse(http, { 'Content-Type': 'application/x-ndjson' }, () => ({
      follow: (closed) => followConfig({ ...followed, signal: AbortSignal.any([closed, revoked]) }),
      onEnd: () => {
        for (const disconnect of disconnects) disconnect()
        log.info(name, 'node disconnected')
      },
    }))
  })

  app.post('/report', async (http) => {
    const { node } = authenticate(http)
    const worker = workerOf(http)
    const yieldWhenDue = yieldEvery()
    const body = await readJson(http, NODE_BODY)
    await yieldWhenDue()
    const whole = await readReport(body)
    // The load balancer may have moved away, and the node doesn't know yet. Or somebody else controls the host.
    const lbs = whole.lbs.filter(({ lb_id }) => placements.isOn(node, lb_id))
    const report = { ...whole, lbs }
    await yieldWhenDue()
    rollOuts.heard(node.id, worker)
    fleet.receive(node, worker, report)
    await yieldWhenDue()
    traffic.receive({ id: `${node.id}/${worker}`, region: node.region }, report)
    return http.body(null, 204)
  })

  app.post('/checks/:id', async (http) => {
    const { node } = authenticate(http)
    const report = parseAny(CheckReport, await readJson(http, NODE_BODY))
    drafts.streams.receiveCheck(node, http.req.param('id'), report)
    return http.body(null, 204)
  })

  app.all('*', unknownPathResponse)

  return app
}

/** Which of the node's workers it is, from 1. */
function workerOf(http: Http): number {
  return parseAny(WorkerQuery, http.req.query()).worker
}
