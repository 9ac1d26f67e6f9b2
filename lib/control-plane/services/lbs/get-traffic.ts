import { GetTraffic, TRAFFIC_RANGES, type Traffic } from '#lib/core/traffic.ts'
import type { Context } from '../../context.ts'
import { invalidField } from '../../errors.ts'
import { findLbAnywhere } from '../../store/find.ts'
import { partFilter, serverOf } from '../../traffic/parts.ts'
import { SLOT_S } from '../../traffic/traffic-slots.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** The traffic of a load balancer, a backend or a server in the last hour, day or week. */
export async function getTraffic({
  ctx,
  id,
  query,
}: CallWith<'id' | 'query', 'store' | 'traffic'>): Promise<Traffic> {
  const { range, step_s, backend_id, server } = parseInput(GetTraffic, query)
  const { length_s: length, step_s: own } = TRAFFIC_RANGES[range]
  const step = step_s ?? own
  if (step % own !== 0 || step > length) {
    throw invalidField(
      'step_s',
      `For a range of one ${range}, step_s must be a multiple of ${own}.`,
    )
  }
  if (server !== undefined && backend_id === undefined) {
    throw invalidField('server', 'server requires backend_id.')
  }
  const lb = await findLbAnywhere(ctx.store.reader, id)
  const now = Date.now() / 1000
  // The current slot is incomplete and would look like a drop.
  const end = Math.floor(now / SLOT_S) * SLOT_S
  const created = Math.floor(Date.parse(lb.created_at) / 1000 / step) * step
  const times = {
    start: Math.max((Math.floor((end - length) / step) + 1) * step, created),
    end,
    step,
  }
  const includesPart = partFilter(backend_id, server)
  const asked = { lbId: lb.id, region: lb.region, times, includesPart }
  const { start, columns } = (await ctx.traffic.read(asked)).columns()
  const servers = await serversOf(ctx, lb.id, times.start)
  return { range, step_s: step, start, end, ...columns, servers }
}

async function serversOf(
  ctx: Pick<Context, 'store' | 'traffic'>,
  lbId: string,
  since: number,
): Promise<Traffic['servers']> {
  const backends = await ctx.store.reader
    .selectFrom('backends')
    .select(['id', 'name', 'servers'])
    .where('lb_id', '=', lbId)
    .orderBy('created_at')
    .execute()
  const configured = backends.flatMap(({ id, name, servers }) =>
    servers.map((address) => ({ backend_id: id, backend_name: name, address })),
  )
  const names = new Map(backends.map(({ id, name }) => [id, name]))
  const keys = new Set(configured.map(({ backend_id, address }) => `${backend_id}/${address}`))
  const former = [...(await ctx.traffic.partsSince(lbId, since))].flatMap((part) => {
    const server = serverOf(part)
    if (!server || keys.has(`${server.backend_id}/${server.address}`)) return []
    return [{ ...server, backend_name: names.get(server.backend_id) ?? null }]
  })
  return [...configured, ...former]
}
