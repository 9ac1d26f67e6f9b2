import { randomUUID } from 'node:crypto'
import { CLUSTERS } from '#lib/core/locality.ts'
import type { Context } from '../../context.ts'
import type { Reader, Writer } from '../../store/store.ts'
import type { IpRow, LbRow } from '../../store/tables.ts'
import type { Entry } from '../change.ts'
import { allocateIp } from '../ips/allocate-ip.ts'
import { attachIp } from '../ips/attach-ip.ts'

/** What a deleted load balancer had, beside its settings and rules. */
export type Estate = {
  /** It never had a generation above this. */
  generation: number
  subscriberId: string | null
  hadIp: boolean
  /** Its IP, where nobody has it. */
  ip: IpRow | null
}

/** Reads what is left of a deleted load balancer. */
export async function estateOf(reader: Reader, lbId: string): Promise<Estate> {
  const lines = reader.selectFrom('changes').where('lb_id', '=', lbId)
  const { generation } = await lines
    .select(({ fn }) => fn.max('generation').as('generation'))
    .executeTakeFirstOrThrow()
  const deletion = await lines
    .select(['before', 'at'])
    .where('verb', '=', 'delete')
    .where('resource_type', '=', 'lb')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const left = await lines
    .select(['resource_id', 'verb'])
    .where('resource_type', '=', 'ip')
    .where('at', '=', deletion.at)
    .executeTakeFirst()
  const ip = left && (await freeIp(reader, left.resource_id))
  const subscriber = (deletion.before as LbRow).subscriber_id ?? null
  return {
    generation: Number(generation ?? 0),
    subscriberId: subscriber && (await isThere(reader, subscriber)) ? subscriber : null,
    hadIp: left !== undefined,
    ip: ip ?? null,
  }
}

/** Makes a deleted load balancer's row and instances anew, and gives it the IP that it had, or a new one if that is taken. */
export async function reviveLb(
  ctx: Pick<Context, 'fleet' | 'pools' | 'owner'>,
  writer: Writer,
  at: string,
  row: LbRow,
  { generation, subscriberId, hadIp, ip }: Estate,
): Promise<{ lb: LbRow; entries: Entry[] }> {
  const lb: LbRow = {
    ...row,
    subscriber_id: subscriberId,
    generation,
    changed_at: at,
    revision: '',
  }
  await writer.insertInto('lbs').values(lb).execute()
  ctx.fleet.created(lb.id)
  for (const cluster of CLUSTERS) {
    const instance = { id: randomUUID(), lb_id: lb.id, cluster, created_at: at }
    await writer.insertInto('instances').values(instance).execute()
  }
  if (!hadIp) return { lb, entries: [] }
  if (ip) return { lb, entries: [await attachIp(writer, at, lb, ip, 'change_id')] }
  const owner = { organization_id: lb.organization_id, project_id: lb.project_id }
  const scope = { region: lb.region, zone: lb.zone }
  const fresh = await allocateIp(ctx, writer, at, { scope, lbId: lb.id, ...owner, tags: [] })
  return { lb, entries: [{ verb: 'create', type: 'ip', id: fresh.id, before: null, after: fresh }] }
}

async function freeIp(reader: Reader, id: string): Promise<IpRow | undefined> {
  const query = reader.selectFrom('ips').selectAll().where('id', '=', id)
  return query.where('lb_id', 'is', null).executeTakeFirst()
}

async function isThere(reader: Reader, subscriberId: string): Promise<boolean> {
  const query = reader.selectFrom('subscribers').select('id').where('id', '=', subscriberId)
  return (await query.executeTakeFirst()) !== undefined
}
