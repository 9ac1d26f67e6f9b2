import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { FloodFilter } from '#lib/process/flood-filter.ts'
import { truncatePath } from '#lib/process/truncate-text.ts'
import { clientAddress } from './client-address.ts'
import type { Environment, Services } from './environment.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const METHOD_MAX = 20

/** Suppresses floods of similar rejected requests in the log, and logs their number. */
export function refusedRequestFilter(log: Logger): FloodFilter<object> {
  return new FloodFilter(({ line, count }) => {
    log.info({ ...line, count }, 'similar requests suppressed')
  })
}

/**
 * Sets the request ID, the client's `X-Request-Id` if that is a UUID, and logs every write and every error. Successful reads are
 * not logged, because the console polls. Paths are truncated, and floods of errors suppressed, because anyone can cause them.
 */
export function requestLog(services: Services): MiddlewareHandler<Environment> {
  const { log, refusedRequests } = services
  return async (http, next) => {
    const sent = http.req.header('x-request-id')
    http.set('requestId', sent && UUID.test(sent) ? sent : randomUUID())
    const start = performance.now()
    await next()
    const { status } = http.res
    const { path } = http.req
    const method = http.req.method.slice(0, METHOD_MAX)
    if (status < 400 && (method === 'GET' || path.startsWith('/nodes/'))) return
    const line = {
      requestId: http.var.requestId,
      method,
      path: truncatePath(path),
      status,
      ms: Math.round((performance.now() - start) * 10) / 10,
      actor: http.get('actor')?.name,
      address: clientAddress(http, services),
    }
    if (status < 400 || refusedRequests.admits(`${line.address} ${line.actor} ${status}`, line)) {
      log.info(line, 'request')
    }
  }
}
