import type { Acl } from '#lib/core/acl.ts'
import { findAcl } from '../../store/find.ts'
import type { CallWith } from '../call.ts'
import { type Versioned, versionedAcl } from '../versioned-views.ts'

export async function getAcl({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store' | 'fleet'>): Promise<Versioned<Acl>> {
  const { acl } = await findAcl(ctx.store.reader, scope, id)
  return versionedAcl(ctx, ctx.store.reader, acl)
}
