import { type Acl, UpdateAcl } from '#lib/core/acl.ts'
import { timestamp } from '../../clock.ts'
import { refuseProblems } from '../../errors.ts'
import { findAcl, findFrontend } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { aclProblems } from '../rules/protocol-conflicts.ts'
import { warmPatternCosts } from '../rules/rule-limits.ts'
import { etagOf, type Versioned, versionedAcl } from '../versioned-views.ts'
import { aclLimitField, aclLimitProblems, aclsOf, protocolOf } from './frontend-acls.ts'

/** Updates an ACL. An omitted match or description keeps its value. */
export async function updateAcl({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write | 'fleet'>): Promise<Versioned<Acl>> {
  const { reader } = ctx.store
  const known = await findAcl(reader, scope, id)
  const request = parseInput(UpdateAcl, input)
  const { match } = request
  await warmPatternCosts([
    ...(match ? [{ match }] : []),
    ...(await aclsOf(reader, known.acl.frontend_id)),
  ])
  return changeLb(ctx, known.lb.id, async (writer) => {
    const { acl } = await findAcl(writer, scope, id, known.lb)
    await requireMatch(writer, ifMatch, etagOf(acl), acl.id)
    const { frontend } = await findFrontend(writer, scope, acl.frontend_id, known.lb)
    const columns = {
      name: request.name,
      action: request.action,
      match: request.match ?? acl.match,
      index: request.index,
      description: request.description ?? acl.description,
      updated_at: timestamp(),
    }
    refuseProblems(aclProblems(columns, await protocolOf(writer, frontend)))
    const others = (await aclsOf(writer, frontend.id)).filter((one) => one.id !== acl.id)
    refuseProblems(
      (await aclLimitProblems(writer, frontend, [...others, columns])).map((message) => ({
        field: aclLimitField(columns),
        message,
      })),
    )
    await writer.updateTable('acls').set(columns).where('id', '=', acl.id).execute()
    const after = { ...acl, ...columns }
    return {
      entries: [{ verb: 'update', type: 'acl', id: acl.id, before: acl, after }],
      result: () => versionedAcl(ctx, writer, after),
    }
  })
}
