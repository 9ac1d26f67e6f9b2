import type { Ip } from '#lib/core/ip.ts'
import { findIp } from '../../store/find.ts'
import { ipView } from '../../views/ip-view.ts'
import type { CallWith } from '../call.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'

export async function getIp({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store'>): Promise<Versioned<Ip>> {
  const ip = await findIp(ctx.store.reader, scope, id)
  return { value: ipView(ip), etag: etagOf(ip) }
}
