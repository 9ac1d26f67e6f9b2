import * as z from 'zod'
import type { LbStatus } from './lb.ts'
import { LB_HEALTH_STATES, type LbHealthState } from './lb-health-states.ts'
import type { Problem } from './problem.ts'

export const LbHealthStateField = z.enum(LB_HEALTH_STATES).meta({
  description:
    '`error`: it serves no traffic. `failing`: a frontend has no server that is up. `no_servers`: a frontend has no servers. ' +
    '`degraded`: some servers are down, more than 5 % of the responses of the last 5 minutes were 5xx, or there is another `warning` ' +
    'among its problems. `changing`: it is being created, changed or deleted, or its nodes have not reported yet.',
})

export const FrontendHealth = z.object({
  frontend_id: z.string(),
  state: z.enum(['failing', 'no_servers', 'degraded']),
  reason: z.string().meta({ description: 'Why, in words.' }),
})
export type FrontendHealth = z.infer<typeof FrontendHealth>

/** The health of a load balancer as a whole, in contrast to its `status`, which is its lifecycle. */
export const LbHealth = z.object({
  state: LbHealthStateField,
  reason: z.string().meta({
    description: 'Why, in words: `2 of 3 frontends have no server that is up`. Empty if healthy.',
  }),
  frontends: z.array(FrontendHealth).meta({
    description:
      'The frontends that are not healthy. A frontend fails if its default backend has no server that is up, and is degraded if ' +
      'only the backend of one of its routes has none.',
  }),
})
export type LbHealth = z.infer<typeof LbHealth>

/** A backend's servers. Servers that were not checked yet are not down. */
export type BackendServers = { name: string; total: number; down: number }

/** What the health of a load balancer depends on. */
export type HealthInput = {
  status: LbStatus
  /** Each frontend with its default backend and the backends of its routes. */
  frontends: readonly {
    id: string
    backend: BackendServers
    routed: readonly BackendServers[]
  }[]
  /** The servers that frontends can forward to, each address once. If there are no frontends: all servers. */
  servers: { total: number; down: number }
  problems: readonly Pick<Problem, 'object' | 'severity' | 'message'>[]
}

/** The health of a load balancer. `status` decides unless it is `ready`; then the frontends do, then the problems. */
export function lbHealth(input: HealthInput): LbHealth {
  const frontends = input.frontends.flatMap((frontend) => frontendHealth(frontend) ?? [])
  const [state, reason] = healthOf(input, frontends)
  return { state, reason, frontends }
}

function healthOf(
  { status, frontends, servers, problems }: HealthInput,
  unhealthy: readonly FrontendHealth[],
): [LbHealthState, string] {
  const critical = problems.find(
    ({ object, severity }) => severity === 'critical' && object.type !== 'backend',
  )
  if (status === 'error' || status === 'stopped' || status === 'locked') {
    return ['error', critical ? firstSentence(critical.message) : STATUS_REASONS[status]]
  }
  if (status !== 'ready') return ['changing', STATUS_REASONS[status]]
  if (critical) return ['failing', firstSentence(critical.message)]
  const count = (state: FrontendHealth['state']) =>
    unhealthy.filter((frontend) => frontend.state === state).length
  const failing = count('failing')
  if (failing > 0) {
    return ['failing', `${frontendsText(failing, frontends.length)} no server that is up`]
  }
  const empty = count('no_servers')
  if (empty > 0) return ['no_servers', `${frontendsText(empty, frontends.length)} no servers`]
  if (frontends.length === 0 && servers.total === 0) {
    return ['no_servers', 'It has no frontends and no servers']
  }
  const reasons = degradations(servers, problems, unhealthy)
  return reasons.length > 0 ? ['degraded', reasons.slice(0, 2).join('; ')] : ['healthy', '']
}

/** Why a load balancer is degraded, the most telling reason first. */
function degradations(
  { total, down }: HealthInput['servers'],
  problems: HealthInput['problems'],
  unhealthy: readonly FrontendHealth[],
): string[] {
  const ofServers =
    down > 0 ? [`${down} of ${total} servers ${down === 1 ? 'is' : 'are'} down`] : []
  const ofRoutes = unhealthy.map(({ reason }) => reason)
  const others = problems.filter(
    ({ object, severity }) => severity === 'warning' && object.type !== 'backend',
  )
  return [...ofServers, ...ofRoutes, ...others.map(({ message }) => firstSentence(message))]
}

/** The health of a frontend; null if it is healthy. Servers that are down beside others that are up don't count here. */
function frontendHealth({
  id,
  backend,
  routed,
}: HealthInput['frontends'][number]): FrontendHealth | null {
  const health = (state: FrontendHealth['state'], reason: string) => ({
    ...{ frontend_id: id, state, reason },
  })
  if (isDown(backend)) {
    return health('failing', `All servers of backend "${backend.name}" are down`)
  }
  if (backend.total === 0) {
    const filled = routed.filter(({ total }) => total > 0)
    if (filled.length === 0) return health('no_servers', `Backend "${backend.name}" has no servers`)
    if (filled.every(isDown))
      return health('failing', "All servers of its routes' backends are down")
    return health('degraded', `Backend "${backend.name}" has no servers; only routes have`)
  }
  const dead = routed.find((one) => one.total === 0 || isDown(one))
  if (!dead) return null
  return health(
    'degraded',
    dead.total === 0
      ? `Backend "${dead.name}" of a route has no servers`
      : `All servers of backend "${dead.name}" of a route are down`,
  )
}

const isDown = ({ total, down }: BackendServers) => total > 0 && down >= total

function frontendsText(count: number, of: number): string {
  if (of === 1) return 'Its frontend has'
  return `${count} of ${of} frontends ${count === 1 ? 'has' : 'have'}`
}

const STATUS_REASONS: Record<Exclude<LbStatus, 'ready'>, string> = {
  unknown: 'Its state is not known yet',
  pending: 'Its nodes have not reported yet',
  stopped: 'It is stopped',
  error: 'Neither instance is accepting traffic',
  locked: 'It is locked',
  migrating: 'Its type is being changed',
  to_create: 'Its instances are starting',
  creating: 'Its instances are starting',
  to_delete: 'It is being deleted',
  deleting: 'It is being deleted',
}

/** The first sentence, without its full stop. */
const firstSentence = (text: string) => /^(.*?)\.?(?:(?<=\.)\s|$)/s.exec(text)?.[1] ?? text
