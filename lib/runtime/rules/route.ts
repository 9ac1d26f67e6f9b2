import { hostOf } from '#lib/core/host.ts'
import type { DesiredRoute } from '#lib/protocol/desired-config.ts'
import type { Backend } from '../backend.ts'
import type { RequestMatch } from './request-match.ts'
import { readRulePath } from './request-path.ts'

/** A compiled route: sends requests, or connections in TCP mode, to a backend. */
export type Route = {
  id: string
  backend: Backend
  /** The steps of a match, at most. */
  steps: number
  /** In HTTP mode. */
  matches(request: RequestMatch): boolean
  /** In TCP mode. @param name the SNI, normalised by `hostOf` */
  matchesServerName(name: string): boolean
}

const never = () => false

export function compileRoute({ id, match }: DesiredRoute, backend: Backend): Route {
  if (match.type === 'path_begin') {
    const prefix = readRulePath(match.path)
    const steps = 1 + prefix.length
    return {
      id,
      backend,
      steps,
      matches: ({ path }) => path.startsWith(prefix),
      matchesServerName: never,
    }
  }
  const matchesName = nameTest(match)
  const steps = 1 + match.name.length
  if (match.type === 'host') {
    return {
      id,
      backend,
      steps,
      matches: ({ host }) => matchesName(host),
      matchesServerName: never,
    }
  }
  return { id, backend, steps, matches: never, matchesServerName: matchesName }
}

function nameTest({ name, subdomains }: { name: string; subdomains: boolean }) {
  const wanted = hostOf(name)
  const suffix = `.${wanted}`
  return (host: string) => host === wanted || (subdomains && host.endsWith(suffix))
}
