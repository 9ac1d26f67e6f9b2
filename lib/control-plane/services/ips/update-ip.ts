import { type Ip, UpdateIp } from '#lib/core/ip.ts'
import { invalidField } from '../../errors.ts'
import { findIp } from '../../store/find.ts'
import type { Reader } from '../../store/reader.ts'
import type { IpRow } from '../../store/tables.ts'
import { ipView } from '../../views/ip-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change, type Entry } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'
import { attachIp } from './attach-ip.ts'

/** Updates an IP's reverse name and tags, and attaches it to a load balancer. Omitted fields keep their values. */
export async function updateIp({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write>): Promise<Versioned<Ip>> {
  await findIp(ctx.store.reader, scope, id)
  const request = parseInput(UpdateIp, input)
  return change(ctx, async (writer, at, lockLb) => {
    const ip = await findIp(writer, scope, id)
    await requireMatch(writer, ifMatch, etagOf(ip), ip.id)
    const lbId = request.lb_id ?? ip.lb_id
    if (lbId !== null) await requireInRegion(writer, ip, lbId)
    const lb = lbId === null ? null : await lockLb(lbId)
    const after: IpRow = {
      ...ip,
      reverse: request.reverse ?? ip.reverse,
      tags: request.tags ?? ip.tags,
      updated_at: at,
    }
    const { reverse, tags, updated_at } = after
    await writer
      .updateTable('ips')
      .set({ reverse, tags, updated_at })
      .where('id', '=', ip.id)
      .execute()
    const entries: Entry[] = [{ verb: 'update', type: 'ip', id: ip.id, before: ip, after }]
    if (lb && lb.id !== ip.lb_id) entries.push(await attachIp(writer, at, lb, after, 'lb_id'))
    return {
      entries,
      result: async () => {
        const now = await findIp(writer, scope, id)
        return { value: ipView(now), etag: etagOf(now) }
      },
    }
  })
}

/** @throws ApiError 400 if the IP's region has no such load balancer */
async function requireInRegion(reader: Reader, { region }: IpRow, lbId: string): Promise<void> {
  const query = reader.selectFrom('lbs').select('id').where('id', '=', lbId)
  if (await query.where('region', '=', region).executeTakeFirst()) return
  throw invalidField('lb_id', `There is no load balancer ${lbId} in region ${region}.`)
}
