import { hostOf } from '#lib/core/host.ts'
import type { DesiredRoute } from '#lib/protocol/desired-config.ts'
import type { Backend } from '../backend.ts'
import type { RequestMatch } from './request-match.ts'
import { readRulePath } from './request-path.ts'

/** Where some of a frontend's requests, or connections in TCP mode, go. */
export type Route = {
  id: string
  backend: Backend
  /** The worst case of steps. */
  steps: number
  /** In HTTP mode. */
  takes(request: RequestMatch): boolean
  /** In TCP mode: by the server name that a TLS client asks for, as `hostOf` has it. */
  takesName(name: string): boolean
}

const never = () => false

export function compileRoute({ id, match }: DesiredRoute, backend: Backend): Route {
  if (match.type === 'path_begin') {
    const beginning = readRulePath(match.path)
    const steps = 1 + beginning.length
    return { id, backend, steps, takes: ({ path }) => path.startsWith(beginning), takesName: never }
  }
  const isNamed = nameTest(match)
  const steps = 1 + match.name.length
  if (match.type === 'host') {
    return { id, backend, steps, takes: ({ host }) => isNamed(host), takesName: never }
  }
  return { id, backend, steps, takes: never, takesName: isNamed }
}

function nameTest({ name, subdomains }: { name: string; subdomains: boolean }) {
  const wanted = hostOf(name)
  const below = `.${wanted}`
  return (asked: string) => asked === wanted || (subdomains && asked.endsWith(below))
}
