import type { Frontend } from '#lib/core/frontend.ts'
import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findFrontend } from '../../store/find.ts'
import { answerFrontend, type Versioned } from '../answer.ts'

export async function getFrontend({
  ctx,
  scope,
  id,
}: {
  ctx: Context
  scope: Scope
  id: string
}): Promise<Versioned<Frontend>> {
  const { frontend } = await findFrontend(ctx.store.reader, scope, id)
  return answerFrontend(ctx, ctx.store.reader, frontend)
}
