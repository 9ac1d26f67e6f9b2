import { randomUUID } from 'node:crypto'
import { CLUSTERS } from '#lib/core/locality.ts'
import type { Context } from '../../context.ts'
import { choosePlacement, placeNewLb } from '../../placement/place-new-lb.ts'
import type { Reader, Writer } from '../../store/reader.ts'
import type { IpRow, LbRow } from '../../store/tables.ts'
import type { Entry, LockLb } from '../change.ts'
import { allocateIp } from '../ips/allocate-ip.ts'
import { attachIp } from '../ips/attach-ip.ts'

/** What the history has of a deleted load balancer, besides its settings and rules. */
export type DeletedLb = {
  /** Its last generation. */
  generation: number
  subscriberId: string | null
  hadIp: boolean
  /** Its former IP, if no load balancer has it now. */
  ip: IpRow | null
}

export async function findDeletedLb(reader: Reader, lbId: string): Promise<DeletedLb> {
  const history = reader.selectFrom('changes').where('lb_id', '=', lbId)
  const { generation } = await history
    .select(({ fn }) => fn.max('generation').as('generation'))
    .executeTakeFirstOrThrow()
  const deletion = await history
    .select(['before', 'at'])
    .where('verb', '=', 'delete')
    .where('resource_type', '=', 'lb')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const formerIp = await history
    .select(['resource_id', 'verb'])
    .where('resource_type', '=', 'ip')
    .where('at', '=', deletion.at)
    .executeTakeFirst()
  const ip = formerIp && (await findFreeIp(reader, formerIp.resource_id))
  const subscriber = (deletion.before as LbRow).subscriber_id ?? null
  return {
    generation: Number(generation ?? 0),
    subscriberId: subscriber && (await subscriberExists(reader, subscriber)) ? subscriber : null,
    hadIp: formerIp !== undefined,
    ip: ip ?? null,
  }
}

/** Creates a deleted load balancer's row and instances again, with its former IP, or with a new one if its own is taken. */
export async function reviveLb(
  writing: {
    ctx: Pick<Context, 'fleet' | 'addresses' | 'owner' | 'placements' | 'hosts'>
    writer: Writer
    at: string
    lockLb: LockLb
  },
  row: LbRow,
  { generation, subscriberId, hadIp, ip }: DeletedLb,
): Promise<{ lb: LbRow; entries: Entry[] }> {
  const { ctx, writer, at, lockLb } = writing
  const own = { subscriber_id: subscriberId, generation, changed_at: at, revision: '' }
  const placement = await choosePlacement(ctx, writer, row)
  const lb: LbRow = { ...row, ...own, ...(placement && { master: placement.master }) }
  await writer.insertInto('lbs').values(lb).execute()
  if (placement) await placeNewLb(ctx, writer, placement.row)
  else ctx.placements.masters.added(lb.region, null, lb.master)
  await lockLb(lb.id)
  ctx.fleet.created(lb.id)
  for (const cluster of CLUSTERS) {
    const instance = { id: randomUUID(), lb_id: lb.id, cluster, created_at: at }
    await writer.insertInto('instances').values(instance).execute()
  }
  if (!hadIp) return { lb, entries: [] }
  if (ip) return { lb, entries: [await attachIp(writer, at, lb, ip, 'change_id')] }
  const owner = { organization_id: lb.organization_id, project_id: lb.project_id }
  const scope = { region: lb.region, zone: lb.zone }
  const newIp = await allocateIp(ctx, writer, at, { scope, lbId: lb.id, ...owner, tags: [] })
  return { lb, entries: [{ verb: 'create', type: 'ip', id: newIp.id, before: null, after: newIp }] }
}

async function findFreeIp(reader: Reader, id: string): Promise<IpRow | undefined> {
  const query = reader.selectFrom('ips').selectAll().where('id', '=', id)
  return query.where('lb_id', 'is', null).executeTakeFirst()
}

async function subscriberExists(reader: Reader, id: string): Promise<boolean> {
  const query = reader.selectFrom('subscribers').select('id').where('id', '=', id)
  return (await query.executeTakeFirst()) !== undefined
}
