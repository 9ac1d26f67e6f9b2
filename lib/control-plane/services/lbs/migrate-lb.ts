import { type Lb, MigrateLb } from '#lib/core/lb.ts'
import { findLb } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOfLb, type Versioned, versionedLb } from '../versioned-views.ts'

/**
 * Changes a load balancer's type, and so its limits. Connections stay open. As in Scaleway's API, the response has the old type and
 * the status `migrating`.
 */
export async function migrateLb({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write | 'fleet'>): Promise<Versioned<Lb>> {
  const found = await findLb(ctx.store.reader, scope, id)
  const { type } = parseInput(MigrateLb, input)
  if (found.type === type) return versionedLb(ctx, ctx.store.reader, found.id)
  return changeLb(ctx, found.id, async (writer, at, lb) => {
    await requireMatch(writer, ifMatch, etagOfLb(lb), lb.id)
    const columns = { type, updated_at: at }
    await writer.updateTable('lbs').set(columns).where('id', '=', lb.id).execute()
    return {
      entries: [
        { verb: 'migrate', type: 'lb', id: lb.id, before: lb, after: { ...lb, ...columns } },
      ],
      result: async () => {
        const { value, etag } = await versionedLb(ctx, writer, lb.id)
        return { value: { ...value, type: lb.type, status: 'migrating' as const }, etag }
      },
    }
  })
}
