import { type BackendServers, type LbHealth, lbHealth } from '#lib/core/lb-health.ts'
import type { ObservedServer } from '#lib/core/observed.ts'
import type { Problem } from '#lib/core/problem.ts'
import type { Rules } from '../../store/load-rules.ts'
import type { ResponseCounts } from '../../traffic/recent-responses.ts'
import { activeReport } from './instance-state.ts'
import { type LbState, lbStatus } from './lb-status.ts'
import { problemsOf } from './problems.ts'
import { downServers } from './rule-problems.ts'

/** A load balancer's health and problems, and its servers: each address once. */
export type ObservedHealth = {
  health: LbHealth
  problems: Problem[]
  servers: number
  serversUp: number
}

/** Derives the health of a load balancer from its rules and its nodes' reports. */
export function observedHealth(
  lb: LbState,
  rules: Rules,
  responses: ResponseCounts | null,
): ObservedHealth {
  const observed = activeReport(lb.instances)?.servers ?? []
  const problems = problemsOf(lb, rules, responses)
  const used = usedBackends(rules)
  const isUsed = rules.frontends.length > 0 ? ({ id }: Backend) => used.has(id) : () => true
  const relevant = addressStates(rules.backends.filter(isUsed), observed)
  const all = addressStates(rules.backends, observed)
  const health = lbHealth({
    status: lbStatus(lb),
    frontends: frontendsOf(rules, observed),
    servers: { total: relevant.size, down: count(relevant, 'down') },
    problems,
  })
  return { health, problems, servers: all.size, serversUp: count(all, 'up') }
}

type Backend = Rules['backends'][number]
type AddressState = ObservedServer['state']

/** The backends that a frontend can forward to: its default one, or that of a route. */
function usedBackends({ frontends, routes }: Rules): Set<string> {
  return new Set([...frontends, ...routes].map(({ backend_id }) => backend_id))
}

function frontendsOf({ backends, frontends, routes }: Rules, observed: readonly ObservedServer[]) {
  const states = Map.groupBy(observed, ({ backend_id }) => backend_id)
  const serversOf = new Map(
    backends.map(({ id, name, servers }): [string, BackendServers] => {
      const down = downServers(servers, states.get(id) ?? []).length
      return [id, { name, total: servers.length, down }]
    }),
  )
  const routesOf = Map.groupBy(routes, ({ frontend_id }) => frontend_id)
  return frontends.flatMap(({ id, backend_id }) => {
    const backend = serversOf.get(backend_id)
    if (!backend) return []
    const routed = new Set((routesOf.get(id) ?? []).map((route) => route.backend_id))
    return [{ id, backend, routed: [...routed].flatMap((one) => serversOf.get(one) ?? []) }]
  })
}

/** The state of each distinct address: down if it is down in any backend, and up only if it is up in all that have it. */
function addressStates(
  backends: readonly Backend[],
  observed: readonly ObservedServer[],
): Map<string, AddressState> {
  const known = new Map(
    observed.map(({ backend_id, address, state }) => [`${backend_id}/${address}`, state]),
  )
  const states = new Map<string, AddressState>()
  for (const { id, servers } of backends) {
    for (const address of servers) {
      const state = known.get(`${id}/${address}`) ?? 'unknown'
      const other = states.get(address)
      states.set(address, other === undefined || other === 'up' ? state : worse(other, state))
    }
  }
  return states
}

const worse = (one: AddressState, other: AddressState) => (other === 'down' ? other : one)

function count(states: ReadonlyMap<string, AddressState>, wanted: AddressState): number {
  return [...states.values()].filter((state) => state === wanted).length
}
