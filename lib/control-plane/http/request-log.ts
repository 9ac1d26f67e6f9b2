import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { cutPath } from '#lib/process/cut-text.ts'
import { FloodFilter } from '#lib/process/flood-filter.ts'
import { clientAddress } from './client-address.ts'
import type { Environment, Http, Services } from './environment.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const METHOD_MAX = 20

/** Counts refused requests that come in a flood. */
export function floodsOfRefused(log: Logger): FloodFilter<object> {
  return new FloodFilter(({ line, count }) => {
    log.info({ ...line, count }, 'similar requests suppressed')
  })
}

/**
 * Names each request, by the id it came with if that is a UUID, and logs every one that may have changed something or was
 * refused. Reads that succeed are not: consoles repeat them every second. Paths are cut, and of refused requests of one
 * address and status that come in a flood most are only counted: strangers can send them.
 */
export function requestLog(services: Services): MiddlewareHandler<Environment> {
  const { log, refusedFloods } = services
  return async (http, next) => {
    const given = http.req.header('x-request-id')
    http.set('requestId', given && UUID.test(given) ? given : randomUUID())
    const start = performance.now()
    await next()
    const { status } = http.res
    const { path } = http.req
    const method = http.req.method.slice(0, METHOD_MAX)
    if (status < 400 && (method === 'GET' || path.startsWith('/nodes/'))) return
    const line = {
      requestId: http.var.requestId,
      method,
      path: cutPath(path),
      status,
      ms: Math.round((performance.now() - start) * 10) / 10,
      ...callerOf(http, services),
    }
    if (status < 400 || refusedFloods.admits(`${line.address} ${line.actor} ${status}`, line)) {
      log.info(line, 'request')
    }
  }
}

function callerOf(http: Http, services: Services) {
  return { actor: http.get('actor')?.name, address: clientAddress(http, services) }
}
