import type { DesiredRoute } from '#lib/config/desired.ts'
import type { Backend } from '../backend.ts'
import { type AskedRequest, hostName } from './asked-request.ts'
import { readRulePath } from './request-path.ts'

/** Where some of a frontend's requests, or connections in TCP mode, go. */
export type Route = {
  id: string
  backend: Backend
  /** In HTTP mode. */
  takes(request: AskedRequest): boolean
  /** In TCP mode: by the server name that a TLS client asks for, in lower case. */
  takesName(name: string): boolean
}

const never = () => false

export function compileRoute({ id, match }: DesiredRoute, backend: Backend): Route {
  if (match.type === 'path_begin') {
    const beginning = readRulePath(match.path)
    return { id, backend, takes: ({ path }) => path.startsWith(beginning), takesName: never }
  }
  const isNamed = nameTest(match)
  if (match.type === 'host') {
    return { id, backend, takes: ({ host }) => isNamed(host), takesName: never }
  }
  return { id, backend, takes: never, takesName: (name) => isNamed(hostName(name)) }
}

function nameTest({ name, subdomains }: { name: string; subdomains: boolean }) {
  const wanted = hostName(name)
  const below = `.${wanted}`
  return (asked: string) => asked === wanted || (subdomains && asked.endsWith(below))
}
