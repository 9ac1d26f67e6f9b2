import type { MiddlewareHandler } from 'hono'
import type { Environment } from './environment.ts'

/** The headers of every response, as in Scaleway's API. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  Server: 'Fairlead',
  'Strict-Transport-Security': 'max-age=63072000',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

export const standardHeaders: MiddlewareHandler<Environment> = async (http, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) http.res.headers.set(name, value)
  http.res.headers.set('X-Request-Id', http.var.requestId)
  if (!http.res.headers.has('Content-Type')) {
    http.res.headers.set('Content-Type', 'application/json')
  }
}
