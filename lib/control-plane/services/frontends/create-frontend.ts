import { CreateFrontend, type Frontend } from '#lib/core/frontend.ts'
import { refuseProblems } from '../../errors.ts'
import { findLb } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { growthProblems } from '../rules/lb-size.ts'
import { newFrontendRow } from '../rules/new-rows.ts'
import { type Versioned, versionedFrontend } from '../versioned-views.ts'
import { frontendProblems } from './frontend-problems.ts'

/** Adds a frontend to a load balancer. */
export async function createFrontend({
  ctx,
  scope,
  id,
  input,
}: CallWith<'scope' | 'id' | 'input', Write | 'fleet'>): Promise<Versioned<Frontend>> {
  const { id: lbId } = await findLb(ctx.store.reader, scope, id)
  const request = parseInput(CreateFrontend, input)
  return changeLb(ctx, lbId, async (writer, _at, lb) => {
    refuseProblems([
      ...(await frontendProblems(writer, lb.id, null, request)),
      ...(await growthProblems(writer, lb.id, { frontends: 1 }, { frontends: 'name' })),
    ])
    const row = newFrontendRow(lb.id, request.backend_id, request)
    await writer.insertInto('frontends').values(row).execute()
    return {
      entries: [{ verb: 'create', type: 'frontend', id: row.id, before: null, after: row }],
      result: () => versionedFrontend(ctx, writer, row),
    }
  })
}
