import { randomUUID } from 'node:crypto'
import type { DesiredAcl, DesiredBackend, DesiredRoute } from '#lib/protocol/desired-config.ts'
import type { RunningLb } from './running-lb.ts'

export const DENY = { type: 'deny' } as const
export const ALLOW = { type: 'allow' } as const

/** An ACL that matches every request, except as specified. */
export function testAcl(
  match: Partial<DesiredAcl['match']>,
  action: DesiredAcl['action'] = DENY,
): DesiredAcl {
  const anyRequest = { sources: null, http: null, invert: false }
  return { id: randomUUID(), name: 'rule', match: { ...anyRequest, ...match }, action }
}

export const pathBegin = (...values: string[]) =>
  ({ http: { type: 'path_begin', values } }) as const
export const pathEnd = (...values: string[]) => ({ http: { type: 'path_end', values } }) as const
export const pathRegex = (...values: string[]) =>
  ({ http: { type: 'path_regex', values } }) as const
export const header = (name: string, ...values: string[]) =>
  ({ http: { type: 'header', name, values } }) as const

export function testRoute(backend: DesiredBackend, match: DesiredRoute['match']): DesiredRoute {
  return { id: randomUUID(), backend_id: backend.id, match }
}

/** Sets the rules of a load balancer's only frontend. @param more backends besides its own */
export function setRules(
  { lb, change }: RunningLb,
  rules: { acls?: DesiredAcl[]; routes?: DesiredRoute[] },
  more: DesiredBackend[] = [],
): void {
  const [frontend] = lb.config.frontends
  const [backend] = lb.config.backends
  if (!frontend || !backend) throw new Error('no frontend')
  const { acls = [], routes = [] } = rules
  change({ frontends: [{ ...frontend, acls, routes }], backends: [backend, ...more] })
}
