import {
  type BackendServerStats,
  type BackendStatsList,
  GetStats,
  ListBackendStats,
} from '#lib/core/backend-stats.ts'
import type { ObservedServer } from '#lib/core/observed.ts'
import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findLb } from '../../store/find.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

const STATES = {
  up: { server_state: 'running', last_health_check_status: 'passed' },
  down: { server_state: 'stopped', last_health_check_status: 'failed' },
  unknown: { server_state: 'stopped', last_health_check_status: 'unknown' },
} as const

/** A page of the servers of a load balancer as each of its two instances observes them. */
export async function listBackendStats({
  ctx,
  scope,
  id,
  query,
}: CallWith<'scope' | 'id' | 'query', 'store' | 'fleet'>): Promise<BackendStatsList> {
  const { page, page_size, backend_id } = parseInput(ListBackendStats, query)
  const all = await allServerStats(ctx, scope, id, backend_id)
  const first = (page - 1) * page_size
  return {
    backend_servers_stats: all.slice(first, first + page_size),
    total_count: all.length,
  }
}

/** The older call for the same, without pages. */
export async function getStats({
  ctx,
  scope,
  id,
  query,
}: CallWith<'scope' | 'id' | 'query', 'store' | 'fleet'>): Promise<{
  backend_servers_stats: BackendServerStats[]
}> {
  const { backend_id } = parseInput(GetStats, query)
  return { backend_servers_stats: await allServerStats(ctx, scope, id, backend_id) }
}

async function allServerStats(
  ctx: Pick<Context, 'store' | 'fleet'>,
  scope: Scope,
  id: string,
  backendId: string | undefined,
): Promise<BackendServerStats[]> {
  const { reader } = ctx.store
  const lb = await findLb(reader, scope, id)
  const instances = await reader
    .selectFrom('instances')
    .selectAll()
    .where('lb_id', '=', lb.id)
    .orderBy('cluster')
    .execute()
  let backends = reader.selectFrom('backends').select(['id', 'servers']).where('lb_id', '=', lb.id)
  if (backendId) backends = backends.where('id', '=', backendId)
  const rows = await backends.orderBy('created_at').execute()
  const states = ctx.fleet.instances(lb.region, lb.id)
  return instances.flatMap((instance) => {
    const report = states.find(({ cluster }) => cluster === instance.cluster)?.report
    const observed = new Map(
      report?.servers.map((server) => [keyOf(server.backend_id, server.address), server]),
    )
    return rows.flatMap(({ id: backend, servers }) =>
      servers.map((ip) => serverStats(instance.id, backend, ip, observed.get(keyOf(backend, ip)))),
    )
  })
}

const keyOf = (backendId: string, address: string) => `${backendId}/${address}`

function serverStats(
  instanceId: string,
  backendId: string,
  ip: string,
  observed: ObservedServer | undefined,
): BackendServerStats {
  return {
    instance_id: instanceId,
    backend_id: backendId,
    ip,
    server_state_changed_at: observed?.since ?? null,
    ...STATES[observed?.state ?? 'unknown'],
  }
}
