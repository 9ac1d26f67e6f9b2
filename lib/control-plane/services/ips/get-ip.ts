import type { Ip } from '#lib/core/ip.ts'
import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findIp } from '../../store/find.ts'
import { ipView } from '../../views/ip-view.ts'
import { etagOf, type Versioned } from '../answer.ts'

export async function getIp({
  ctx,
  scope,
  id,
}: {
  ctx: Context
  scope: Scope
  id: string
}): Promise<Versioned<Ip>> {
  const ip = await findIp(ctx.store.reader, scope, id)
  return { value: ipView(ip), etag: etagOf(ip) }
}
