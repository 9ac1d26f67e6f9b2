import type { Backend } from '#lib/core/backend.ts'
import { findBackend } from '../../store/find.ts'
import { answerBackend, type Versioned } from '../answer.ts'
import type { CallWith } from '../call.ts'

export async function getBackend({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id'>): Promise<Versioned<Backend>> {
  const { backend } = await findBackend(ctx.store.reader, scope, id)
  return answerBackend(ctx, ctx.store.reader, backend)
}
