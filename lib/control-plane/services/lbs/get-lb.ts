import type { Lb } from '#lib/core/lb.ts'
import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findLb } from '../../store/find.ts'
import { answerLb, type Versioned } from '../answer.ts'

export async function getLb({
  ctx,
  scope,
  id,
}: {
  ctx: Context
  scope: Scope
  id: string
}): Promise<Versioned<Lb>> {
  const { id: found } = await findLb(ctx.store.reader, scope, id)
  return answerLb(ctx, ctx.store.reader, found)
}
