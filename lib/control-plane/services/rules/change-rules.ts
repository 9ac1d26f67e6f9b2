import {
  type BackendPatch,
  type ChangedRules,
  ChangeRules,
  type FrontendPatch,
} from '#lib/core/change-rules.ts'
import { HealthCheck } from '#lib/core/health-check.ts'
import { timestamp } from '../../clock.ts'
import { notFound, refuseProblems } from '../../errors.ts'
import { findLbAnywhere } from '../../store/find.ts'
import type { Reader, Writer } from '../../store/reader.ts'
import type { BackendRow, FrontendRow, ResourceType } from '../../store/tables.ts'
import { backendFields } from '../../views/backend-view.ts'
import { frontendFields } from '../../views/frontend-view.ts'
import { yieldEvery } from '../../yield-every.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb, type Entry } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf } from '../versioned-views.ts'
import { sizeOfRules, sizeProblems } from './lb-size.ts'
import { newFrontendRow } from './new-rows.ts'
import { protocolConflicts } from './protocol-conflicts.ts'
import { loadRuleSet, type RuleSet, withRules } from './rule-set.ts'
import { backendRowProblems, frontendRowProblems, frontendsByPort } from './rule-set-problems.ts'

type RowChange<Row> = { before: Row | null; after: Row }
type RowChanges = {
  backends: (RowChange<BackendRow> & { before: BackendRow })[]
  frontends: RowChange<FrontendRow>[]
  created: RowChange<FrontendRow>[]
}

/**
 * Changes several rules of a load balancer in one transaction and one generation, so that the console saves a row as a whole, and a
 * frontend and its backend can change their protocol together.
 */
export async function changeRules({
  ctx,
  id,
  input,
}: CallWith<'id' | 'input', Write | 'egress'>): Promise<ChangedRules> {
  const { id: lbId } = await findLbAnywhere(ctx.store.reader, id)
  const request = parseInput(ChangeRules, input)
  return changeLb(ctx, lbId, async (writer) => {
    const rules = await loadRuleSet(writer, lbId)
    const changes = await rowChangesOf(writer, lbId, rules, request)
    const { backends, frontends, created } = changes
    const next = withRules(rules, rowsOf(backends), rowsOf([...frontends, ...created]))
    const byPort = frontendsByPort(next)
    const yieldWhenDue = yieldEvery()
    const problems = []
    for (const [at, { before, after }] of backends.entries()) {
      problems.push(...backendRowProblems(before, after, ctx.egress, `backends.${at}`))
      await yieldWhenDue()
    }
    problems.push(
      ...protocolConflicts(next).map((message) => ({ field: conflictField(request), message })),
    )
    for (const [kind, rows] of [
      ['frontends', frontends] as const,
      ['new_frontends', created] as const,
    ]) {
      for (const [at, { after }] of rows.entries()) {
        const protocol = request[kind][at]?.protocol
        problems.push(...frontendRowProblems(after, next, byPort, protocol, `${kind}.${at}`))
      }
    }
    problems.push(...sizeLimitProblems(rules, next, request))
    refuseProblems(problems)
    await write(writer, changes)
    const entries = [
      ...backends.map((change) => entryOf('backend', change)),
      ...[...frontends, ...created].map((change) => entryOf('frontend', change)),
    ]
    return {
      entries,
      result: async (reader) => ({
        generation: (await findLbAnywhere(reader, lbId)).generation,
        backends: rowsOf(backends).map(backendFields),
        frontends: rowsOf(frontends).map(frontendFields),
        new_frontends: rowsOf(created).map(frontendFields),
      }),
    }
  })
}

/** The rows before and after the request. */
async function rowChangesOf(
  reader: Reader,
  lbId: string,
  rules: RuleSet,
  request: ChangeRules,
): Promise<RowChanges> {
  const backends: RowChanges['backends'] = []
  for (const patch of request.backends) {
    const before = await currentRow(reader, 'backend', rules.backends, patch)
    backends.push({ before, after: patchedBackend(before, patch) })
  }
  const frontends: RowChanges['frontends'] = []
  for (const patch of request.frontends) {
    const before = await currentRow(reader, 'frontend', rules.frontends, patch)
    frontends.push({ before, after: patchedFrontend(before, patch) })
  }
  const created = request.new_frontends.map((input): RowChange<FrontendRow> => {
    return { before: null, after: newFrontendRow(lbId, input.backend_id, input) }
  })
  return { backends, frontends, created }
}

/** A problem for each limit on the load balancer's size that the request would exceed. */
function sizeLimitProblems(rules: RuleSet, next: RuleSet, request: ChangeRules) {
  const sizeOf = ({ backends, frontends }: RuleSet) =>
    sizeOfRules({ backends: [...backends.values()], frontends: [...frontends.values()] })
  const withServers = request.backends.findIndex(({ server_ip }) => server_ip !== undefined)
  return sizeProblems(sizeOf(rules), sizeOf(next)).map(({ of, message }) => ({
    field: of === 'servers' ? `backends.${withServers}.server_ip` : 'new_frontends',
    message,
  }))
}

async function write(writer: Writer, { backends, frontends, created }: RowChanges): Promise<void> {
  const yieldWhenDue = yieldEvery()
  for (const { after } of backends) {
    await writer.updateTable('backends').set(after).where('id', '=', after.id).execute()
    await yieldWhenDue()
  }
  // Ports are unique, so move all frontends off their ports first: two may swap theirs.
  for (const { after } of frontends) {
    await writer
      .updateTable('frontends')
      .set(({ neg }) => ({ inbound_port: neg('inbound_port') }))
      .where('id', '=', after.id)
      .execute()
    await yieldWhenDue()
  }
  for (const { after } of frontends) {
    await writer.updateTable('frontends').set(after).where('id', '=', after.id).execute()
    await yieldWhenDue()
  }
  for (const { after } of created) {
    await writer.insertInto('frontends').values(after).execute()
    await yieldWhenDue()
  }
}

/** The field of a protocol conflict with routes and ACLs: the backend's protocol if it changes, or else the frontend's backend. */
function conflictField({ backends }: ChangeRules): string {
  const at = backends.findIndex(({ forward_protocol: protocol }) => protocol !== undefined)
  return at === -1 ? 'frontends.0.backend_id' : `backends.${at}.forward_protocol`
}

/** The row that a patch changes. @throws ApiError 404; 412 if it has changed since the caller read it */
async function currentRow<Row extends { id: string; updated_at: string }>(
  reader: Reader,
  type: 'backend' | 'frontend',
  rows: Map<string, Row>,
  patch: { id: string; updated_at?: string | undefined },
): Promise<Row> {
  const row = rows.get(patch.id)
  if (!row) throw notFound(type)
  const known = patch.updated_at === undefined ? null : etagOf({ updated_at: patch.updated_at })
  await requireMatch(reader, known, etagOf(row), row.id)
  return row
}

/** The columns that a patch sets. Omitted ones are undefined. */
function setColumns<Columns extends object>(columns: Columns) {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Columns]?: Exclude<Columns[Key], undefined>
  }
}

function patchedBackend(row: BackendRow, patch: BackendPatch): BackendRow {
  const { server_ip: servers, health_check: check, ...columns } = patch
  return {
    ...row,
    ...setColumns({ ...columns, servers, health_check: check && HealthCheck.parse(check) }),
    updated_at: timestamp(),
  }
}

function patchedFrontend(row: FrontendRow, patch: FrontendPatch): FrontendRow {
  const { protocol: _protocol, ...columns } = patch
  const after = { ...row, ...setColumns(columns), updated_at: timestamp() }
  return { ...after, connection_rate_limit: after.connection_rate_limit || null }
}

const rowsOf = <Row>(changes: RowChange<Row>[]) => changes.map(({ after }) => after)

function entryOf(type: ResourceType, { before, after }: RowChange<{ id: string }>): Entry {
  return { verb: before ? 'update' : 'create', type, id: after.id, before, after }
}
