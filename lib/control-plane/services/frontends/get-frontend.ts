import type { Frontend } from '#lib/core/frontend.ts'
import { findFrontend } from '../../store/find.ts'
import { answerFrontend, type Versioned } from '../answer.ts'
import type { CallWith } from '../call.ts'

export async function getFrontend({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id'>): Promise<Versioned<Frontend>> {
  const { frontend } = await findFrontend(ctx.store.reader, scope, id)
  return answerFrontend(ctx, ctx.store.reader, frontend)
}
