import type { Backend } from '#lib/core/backend.ts'
import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findBackend } from '../../store/find.ts'
import { answerBackend, type Versioned } from '../answer.ts'

export async function getBackend({
  ctx,
  scope,
  id,
}: {
  ctx: Context
  scope: Scope
  id: string
}): Promise<Versioned<Backend>> {
  const { backend } = await findBackend(ctx.store.reader, scope, id)
  return answerBackend(ctx, ctx.store.reader, backend)
}
