import type { MiddlewareHandler } from 'hono'
import { tooManyRequests } from '../errors.ts'
import type { Environment, Services } from './environment.ts'

/** Limits the requests per account or token, so that one can't starve the others. */
export function limitRequests({ requestRate }: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const { kind, id } = http.var.actor
    const wait = requestRate?.take(`${kind} ${id}`) ?? 0
    if (wait > 0) throw tooManyRequests(`Too many requests. Try again in ${wait} s.`, wait)
    await next()
  }
}
