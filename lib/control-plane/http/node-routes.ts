import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { NODE_BODY } from '#lib/process/body-limits.ts'
import { CheckReport, Known, NodeName, nodePlace, workerName } from '#lib/protocol/stream.ts'
import { ApiError, deniedAuthentication } from '../errors.ts'
import { detectDivergence } from '../nodes/divergence/detect-divergence.ts'
import { followConfig } from '../nodes/follow-config.ts'
import { readReport } from '../nodes/observed/read-report.ts'
import { parseAny } from '../services/parse-input.ts'
import { yieldEvery } from '../yield-every.ts'
import type { Environment, Http, Services } from './environment.ts'
import { readJson } from './read-json.ts'
import { bearerToken, sameSecret } from './secret.ts'
import { streamResponse } from './stream-response.ts'

const Worker = z.object({ worker: z.coerce.number().int().min(1).default(1) })

/** `/nodes/v1/{node}/…`: what nodes follow, and what they report. */
export function nodeRoutes({ context, secrets, log }: Services) {
  const { store, commits, fleet, traffic, drafts } = context
  const app = new OpenAPIHono<Environment>()

  // Nothing of the body has been read by then.
  app.use(async (http, next) => {
    const secret = bearerToken(http.req.header('authorization')) ?? undefined
    if (!sameSecret(secret, secrets.node)) {
      throw deniedAuthentication('node_secret', 'not_found', 'This is for nodes only.')
    }
    await next()
  })

  app.post('/:node/config', async (http) => {
    const node = nodeNamed(http)
    const worker = workerOf(http)
    const has = parseAny(Known, await readJson(http, NODE_BODY))
    const { known } = has
    const { region } = nodePlace(node)
    await detectDivergence(context, { node, worker, workers: has.workers }, known)
    const { stream: asked, leave } = drafts.streams.connect(workerName(node, worker))
    const leaves = [
      fleet.connect(node, worker, has),
      traffic.connect(workerName(node, worker)),
      leave,
    ]
    log.info({ node, worker, known: Object.keys(known).length }, 'node connected')
    const onPlanned = fleet.planned.bind(fleet)
    const followed = {
      store,
      commits,
      divergences: fleet.divergences,
      asked,
      region,
      known,
      onPlanned,
    }
    return streamResponse(http, { 'Content-Type': 'application/x-ndjson' }, () => ({
      follow: (signal) => followConfig({ ...followed, signal }),
      onEnd: () => {
        for (const leave of leaves) leave()
        log.info({ node, worker }, 'node disconnected')
      },
    }))
  })

  app.post('/:node/report', async (http) => {
    const node = nodeNamed(http)
    const yieldWhenDue = yieldEvery()
    const told = await readJson(http, NODE_BODY)
    await yieldWhenDue()
    const report = await readReport(told)
    const worker = workerOf(http)
    await yieldWhenDue()
    fleet.receive(node, report, worker)
    await yieldWhenDue()
    traffic.receive(workerName(node, worker), report)
    return http.body(null, 204)
  })

  app.post('/:node/checks/:id', async (http) => {
    const report = parseAny(CheckReport, await readJson(http, NODE_BODY))
    drafts.streams.answer(nodeNamed(http), http.req.param('id'), report)
    return http.body(null, 204)
  })

  return app
}

/** Which of the node's worker processes it is, from 1. */
function workerOf(http: Http): number {
  return parseAny(Worker, http.req.query()).worker
}

function nodeNamed(http: Http): NodeName {
  const node = NodeName.safeParse(http.req.param('node'))
  if (node.success) return node.data
  throw new ApiError(404, { message: 'There is no such node.', type: 'unknown_path' })
}
