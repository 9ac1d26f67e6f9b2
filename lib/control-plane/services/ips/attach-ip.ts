import { invalidField } from '../../errors.ts'
import type { Writer } from '../../store/reader.ts'
import type { IpRow, LbRow } from '../../store/tables.ts'
import type { Entry } from '../change.ts'

/**
 * Attaches an IP to a load balancer in a change. `field` is the request's field for errors.
 * @throws ApiError 400 if the IP is attached to another load balancer, or the load balancer has another IP
 */
export async function attachIp(
  writer: Writer,
  at: string,
  lb: LbRow,
  ip: IpRow,
  field: string,
): Promise<Entry> {
  if (ip.lb_id !== null && ip.lb_id !== lb.id) {
    const holder = await writer
      .selectFrom('lbs')
      .select('name')
      .where('id', '=', ip.lb_id)
      .executeTakeFirstOrThrow()
    const message = `${ip.ip_address} is used by load balancer "${holder.name}".`
    throw invalidField(field, message)
  }
  const query = writer.selectFrom('ips').select(['id', 'ip_address']).where('lb_id', '=', lb.id)
  const own = await query.executeTakeFirst()
  if (own && own.id !== ip.id) {
    const message = `Load balancer "${lb.name}" already has an IP, ${own.ip_address}.`
    throw invalidField(field, message)
  }
  const after = { ...ip, lb_id: lb.id, updated_at: at }
  await writer
    .updateTable('ips')
    .set({ lb_id: lb.id, updated_at: at })
    .where('id', '=', ip.id)
    .execute()
  return { verb: 'attach', type: 'ip', id: ip.id, before: ip, after }
}
