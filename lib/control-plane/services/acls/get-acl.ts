import type { Acl } from '#lib/core/acl.ts'
import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findAcl } from '../../store/find.ts'
import { answerAcl, type Versioned } from '../answer.ts'

export async function getAcl({
  ctx,
  scope,
  id,
}: {
  ctx: Context
  scope: Scope
  id: string
}): Promise<Versioned<Acl>> {
  const { acl } = await findAcl(ctx.store.reader, scope, id)
  return answerAcl(ctx, ctx.store.reader, acl)
}
