import { ACLS_MAX, type Acl, AclSpec } from '#lib/core/acl.ts'
import { invalidField, refuseProblems } from '../../errors.ts'
import { findFrontend } from '../../store/find.ts'
import { answerAcl, type Versioned } from '../answer.ts'
import type { CallWith } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { newAclRow } from '../rules/new-rows.ts'
import { aclProblems } from '../rules/rule-misfits.ts'
import { aclsOf, protocolOf } from './frontend-acls.ts'

/** Adds an ACL to a frontend. */
export async function createAcl({
  ctx,
  scope,
  id,
  input,
}: CallWith<'scope' | 'id' | 'input'>): Promise<Versioned<Acl>> {
  await findFrontend(ctx.store.reader, scope, id)
  const request = parseInput(AclSpec, input)
  return change(ctx, async (writer) => {
    const { frontend, lb } = await findFrontend(writer, scope, id)
    refuseProblems(aclProblems(request, await protocolOf(writer, frontend)))
    if ((await aclsOf(writer, frontend.id)).length >= ACLS_MAX) {
      throw invalidField('name', `A frontend can have at most ${ACLS_MAX} ACLs.`)
    }
    const row = newAclRow(frontend, request)
    await writer.insertInto('acls').values(row).execute()
    return {
      lb,
      entries: [{ verb: 'create', type: 'acl', id: row.id, before: null, after: row }],
      answer: () => answerAcl(ctx, writer, row),
    }
  })
}
