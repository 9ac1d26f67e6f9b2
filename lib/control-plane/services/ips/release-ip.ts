import { preconditionFailed } from '../../errors.ts'
import { findIp, findLbAnywhere } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf } from '../versioned-views.ts'

/** Returns an IP to the pool. @throws ApiError 412 while a load balancer uses it */
export async function releaseIp({
  ctx,
  scope,
  id,
  ifMatch,
}: CallWith<'scope' | 'id' | 'ifMatch', Write | 'addresses'>): Promise<void> {
  await change(ctx, async (writer) => {
    const ip = await findIp(writer, scope, id)
    await requireMatch(writer, ifMatch, etagOf(ip), ip.id)
    if (ip.lb_id !== null) {
      const { name } = await findLbAnywhere(writer, ip.lb_id)
      const help = `${ip.ip_address} is used by load balancer "${name}". Delete the load balancer first.`
      throw preconditionFailed('resource_still_in_use', help)
    }
    await writer.deleteFrom('ips').where('id', '=', ip.id).execute()
    ctx.addresses.released([ip])
    return {
      entries: [{ verb: 'release', type: 'ip', id: ip.id, before: ip, after: null }],
      result: async () => undefined,
    }
  })
}
