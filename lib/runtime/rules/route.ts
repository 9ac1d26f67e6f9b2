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
  matches(request: RequestMatch): boolean
  /** In TCP mode: by the server name that a TLS client asks for, as `hostOf` has it. */
  matchesServerName(name: string): boolean
}

const never = () => false

export function compileRoute({ id, match }: DesiredRoute, backend: Backend): Route {
  if (match.type === 'path_begin') {
    const beginning = readRulePath(match.path)
    const steps = 1 + beginning.length
    return {
      id,
      backend,
      steps,
      matches: ({ path }) => path.startsWith(beginning),
      matchesServerName: never,
    }
  }
  const isNamed = nameTest(match)
  const steps = 1 + match.name.length
  if (match.type === 'host') {
    return { id, backend, steps, matches: ({ host }) => isNamed(host), matchesServerName: never }
  }
  return { id, backend, steps, matches: never, matchesServerName: isNamed }
}

function nameTest({ name, subdomains }: { name: string; subdomains: boolean }) {
  const wanted = hostOf(name)
  const below = `.${wanted}`
  return (asked: string) => asked === wanted || (subdomains && asked.endsWith(below))
}
