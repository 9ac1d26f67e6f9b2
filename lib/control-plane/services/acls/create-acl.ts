import { ACLS_MAX, type Acl, AclSpec } from '#lib/core/acl.ts'
import { invalidField, refuseProblems } from '../../errors.ts'
import { findFrontend } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { newAclRow } from '../rules/new-rows.ts'
import { aclProblems } from '../rules/protocol-conflicts.ts'
import { warmPatternCosts } from '../rules/rule-limits.ts'
import { type Versioned, versionedAcl } from '../versioned-views.ts'
import { aclLimitField, aclLimitProblems, aclsOf, protocolOf } from './frontend-acls.ts'

/** Adds an ACL to a frontend. */
export async function createAcl({
  ctx,
  scope,
  id,
  input,
}: CallWith<'scope' | 'id' | 'input', Write | 'fleet'>): Promise<Versioned<Acl>> {
  const { reader } = ctx.store
  const known = await findFrontend(reader, scope, id)
  const request = parseInput(AclSpec, input)
  await warmPatternCosts([request, ...(await aclsOf(reader, known.frontend.id))])
  return changeLb(ctx, known.lb.id, async (writer) => {
    const { frontend } = await findFrontend(writer, scope, id, known.lb)
    refuseProblems(aclProblems(request, await protocolOf(writer, frontend)))
    const others = await aclsOf(writer, frontend.id)
    if (others.length >= ACLS_MAX) {
      throw invalidField('name', `A frontend can have at most ${ACLS_MAX} ACLs.`)
    }
    refuseProblems(
      (await aclLimitProblems(writer, frontend, [...others, request])).map((message) => ({
        field: aclLimitField(request),
        message,
      })),
    )
    const row = newAclRow(frontend, request)
    await writer.insertInto('acls').values(row).execute()
    return {
      entries: [{ verb: 'create', type: 'acl', id: row.id, before: null, after: row }],
      result: () => versionedAcl(ctx, writer, row),
    }
  })
}
