import { isDeepStrictEqual } from 'node:util'
import { type AclList, type AclSpec, SetAcls } from '#lib/core/acl.ts'
import { timestamp } from '../../clock.ts'
import { refuseProblems } from '../../errors.ts'
import { findFrontend } from '../../store/find.ts'
import type { AclRow, FrontendRow } from '../../store/tables.ts'
import { aclView } from '../../views/acl-view.ts'
import { yieldEvery } from '../../yield-every.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb, type Entry } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { newAclRow } from '../rules/new-rows.ts'
import { aclProblems } from '../rules/protocol-conflicts.ts'
import { warmPatternCosts } from '../rules/rule-limits.ts'
import { loadFrontendView, type Versioned } from '../versioned-views.ts'
import { aclLimitProblems, aclsOf, etagOfAcls, protocolOf } from './frontend-acls.ts'

/**
 * Replaces all ACLs of a frontend. An ACL with the name of an existing one updates it, and so keeps its ID and history. `If-Match` is
 * the entity tag of the list.
 */
export async function setAcls({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write | 'fleet'>): Promise<Versioned<AclList>> {
  const { reader } = ctx.store
  const known = await findFrontend(reader, scope, id)
  const { acls: specs } = parseInput(SetAcls, input)
  await warmPatternCosts(specs)
  await warmPatternCosts(await aclsOf(reader, known.frontend.id))
  return changeLb(ctx, known.lb.id, async (writer) => {
    const { frontend } = await findFrontend(writer, scope, id, known.lb)
    const former = await aclsOf(writer, frontend.id)
    await requireMatch(writer, ifMatch, etagOfAcls(former), frontend.id)
    const protocol = await protocolOf(writer, frontend)
    refuseProblems(
      (await aclLimitProblems(writer, frontend, specs)).map((message) => ({
        field: 'acls',
        message,
      })),
    )
    refuseProblems(
      specs.flatMap((spec, at) =>
        aclProblems(spec, protocol).map(({ field, message }) => ({
          field: `acls.${at}.${field}`,
          message,
        })),
      ),
    )
    const { next, entries } = replace(former, specs, frontend)
    await writer.deleteFrom('acls').where('frontend_id', '=', frontend.id).execute()
    const yieldWhenDue = yieldEvery()
    for (const row of next) {
      await writer.insertInto('acls').values(row).execute()
      await yieldWhenDue()
    }
    return {
      entries,
      result: async (reader) => {
        const embedded = await loadFrontendView(ctx, reader, frontend.id)
        const acls = next.map((row) => aclView(row, embedded))
        return { value: { acls, total_count: acls.length }, etag: etagOfAcls(next) }
      },
    }
  })
}

/** The new rows and the history entries. */
function replace(
  former: AclRow[],
  specs: AclSpec[],
  frontend: FrontendRow,
): { next: AclRow[]; entries: Entry[] } {
  const remaining = Map.groupBy(former, ({ name }) => name)
  const entries: Entry[] = []
  const next = specs.map((spec): AclRow => {
    const before = remaining.get(spec.name)?.shift()
    if (!before) {
      const row = newAclRow(frontend, spec)
      entries.push({ verb: 'create', type: 'acl', id: row.id, before: null, after: row })
      return row
    }
    if (isSame(before, spec)) return before
    const after = { ...before, ...spec, updated_at: timestamp() }
    entries.push({ verb: 'update', type: 'acl', id: before.id, before, after })
    return after
  })
  for (const before of [...remaining.values()].flat()) {
    entries.push({ verb: 'delete', type: 'acl', id: before.id, before, after: null })
  }
  return { next, entries }
}

function isSame(row: AclRow, spec: AclSpec): boolean {
  return isDeepStrictEqual({ ...row, ...spec }, row)
}
