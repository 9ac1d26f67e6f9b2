import type { MiddlewareHandler } from 'hono'
import { auditOf } from './audit-of.ts'
import type { Environment, Http, Services } from './environment.ts'

/** Wrong passwords have lines of their own. */
const OWN_LINES = /^\/fairlead\/v1\/(session|account\/password)$/

const showsSecret = ({ req }: Http) =>
  req.header('x-auth-token') !== undefined || req.header('authorization') !== undefined

/** Writes down what was denied: a secret that is not valid, or not the right to it. Who shows none is just a visitor. */
export function auditDenials(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    await next()
    const { status } = http.res
    if (status !== 401 && status !== 403) return
    const { method, path } = http.req
    if (status === 401 && (!showsSecret(http) || (method === 'POST' && OWN_LINES.test(path))))
      return
    auditOf(http, services)('denied', { detail: `${method} ${path}` })
  }
}
