import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import type { Environment } from './environment.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Names each request, by the id it came with if that is a UUID, and writes down every one that may have changed
 * something or was refused. Reads that succeed are not: consoles repeat them every second.
 */
export function requestLog(log: Logger): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const given = http.req.header('x-request-id')
    http.set('requestId', given && UUID.test(given) ? given : randomUUID())
    const start = performance.now()
    await next()
    const { method, path } = http.req
    const { status } = http.res
    if (status < 400 && (method === 'GET' || path.startsWith('/nodes/'))) return
    const ms = Math.round((performance.now() - start) * 10) / 10
    const actor = http.get('actor')?.name
    log.info({ requestId: http.var.requestId, method, path, status, ms, actor }, 'request')
  }
}
