import type { CreateLb } from '#lib/core/create-lb.ts'
import type { Context } from '../../context.ts'
import { invalidField } from '../../errors.ts'
import type { Writer } from '../../store/reader.ts'
import type { IpRow, LbRow } from '../../store/tables.ts'
import type { Entry } from '../change.ts'
import { allocateIp } from './allocate-ip.ts'
import { attachIp } from './attach-ip.ts'

/** Attaches the requested IP to a new load balancer, or allocates one unless the request declines it. */
export async function assignIp(
  ctx: Pick<Context, 'fleet' | 'addresses' | 'owner'>,
  writer: Writer,
  at: string,
  lb: LbRow,
  request: CreateLb,
): Promise<Entry[]> {
  const { ip_ids: ids, ip_id: id, assign_flexible_ip: assign } = request
  const field = id ? 'ip_id' : 'ip_ids'
  const requested = id ?? ids[0]
  if (requested)
    return [await attachIp(writer, at, lb, await existingIp(writer, lb, requested, field), field)]
  if (assign === false) return []
  const owner = { organization_id: lb.organization_id, project_id: lb.project_id }
  const scope = { region: lb.region, zone: lb.zone }
  const ip = await allocateIp(ctx, writer, at, { scope, lbId: lb.id, ...owner, tags: [] })
  return [{ verb: 'create', type: 'ip', id: ip.id, before: null, after: ip }]
}

async function existingIp(writer: Writer, lb: LbRow, id: string, field: string): Promise<IpRow> {
  const query = writer.selectFrom('ips').selectAll().where('id', '=', id)
  const ip = await query.executeTakeFirst()
  if (ip && ip.region === lb.region) return ip
  throw invalidField(field, `There is no IP ${id} in region ${lb.region}.`)
}
