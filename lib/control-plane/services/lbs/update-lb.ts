import { type Lb, UpdateLb } from '#lib/core/lb.ts'
import { findLb } from '../../store/find.ts'
import type { LbRow } from '../../store/tables.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf, etagOfLb, type Versioned, versionedLb } from '../versioned-views.ts'

const DEFAULT_LEVEL = 'ssl_compatibility_level_intermediate'

/** Updates a load balancer's own fields. Omitted fields keep their values. */
export async function updateLb({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write | 'fleet'>): Promise<Versioned<Lb>> {
  const { id: lbId } = await findLb(ctx.store.reader, scope, id)
  const request = parseInput(UpdateLb, input)
  return changeLb(ctx, lbId, async (writer, at, lb) => {
    // The time of the last change of its own fields also matches, so that a change of its rules doesn't conflict.
    const matchesOwnFields = ifMatch === etagOf(lb)
    if (!matchesOwnFields) await requireMatch(writer, ifMatch, etagOfLb(lb), lb.id)
    const after: LbRow = {
      ...lb,
      name: request.name,
      description: request.description ?? lb.description,
      tags: request.tags ?? lb.tags,
      ssl_compatibility_level: levelOf(
        request.ssl_compatibility_level ?? lb.ssl_compatibility_level,
      ),
      updated_at: at,
    }
    const { name, description, tags, ssl_compatibility_level, updated_at } = after
    await writer
      .updateTable('lbs')
      .set({ name, description, tags, ssl_compatibility_level, updated_at })
      .where('id', '=', lb.id)
      .execute()
    return {
      entries: [{ verb: 'update', type: 'lb', id: lb.id, before: lb, after }],
      result: () => versionedLb(ctx, writer, lb.id),
    }
  })
}

function levelOf(level: LbRow['ssl_compatibility_level']): LbRow['ssl_compatibility_level'] {
  return level === 'ssl_compatibility_level_unknown' ? DEFAULT_LEVEL : level
}
