import type { MiddlewareHandler } from 'hono'
import { auditOf } from './audit-of.ts'
import type { Environment, Services } from './environment.ts'

/** Wrong passwords have lines of their own. */
const OWN_LINES = /^\/fairlead\/v1\/(session|account\/password)$/

/** Writes down what was denied: no valid secret, or not the right to it. */
export function auditDenials(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    await next()
    const { status } = http.res
    if (status !== 401 && status !== 403) return
    const { method, path } = http.req
    if (status === 401 && method === 'POST' && OWN_LINES.test(path)) return
    auditOf(http, services)('denied', { detail: `${method} ${path}` })
  }
}
