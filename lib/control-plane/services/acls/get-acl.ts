import type { Acl } from '#lib/core/acl.ts'
import { findAcl } from '../../store/find.ts'
import { answerAcl, type Versioned } from '../answer.ts'
import type { CallWith } from '../call.ts'

export async function getAcl({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id'>): Promise<Versioned<Acl>> {
  const { acl } = await findAcl(ctx.store.reader, scope, id)
  return answerAcl(ctx, ctx.store.reader, acl)
}
