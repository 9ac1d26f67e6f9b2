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
import type { Reader, Writer } from '../../store/store.ts'
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
import { misfits } from './rule-misfits.ts'
import { loadRuleSet, type RuleSet, withRules } from './rule-set.ts'
import { backendRowProblems, frontendRowProblems, frontendsByPort } from './rule-set-problems.ts'

type Step<Row> = { before: Row | null; after: Row }
type Steps = {
  backends: (Step<BackendRow> & { before: BackendRow })[]
  frontends: Step<FrontendRow>[]
  created: Step<FrontendRow>[]
}

/**
 * Changes several rules of a load balancer at once: all of it or nothing, and one generation. So a row of the
 * console is saved whole, and a frontend can change its protocol together with its backend.
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
    const steps = await stepsOf(writer, lbId, rules, request)
    const { backends, frontends, created } = steps
    const next = withRules(rules, rowsOf(backends), rowsOf([...frontends, ...created]))
    const byPort = frontendsByPort(next)
    const yieldWhenDue = yieldEvery()
    const problems = []
    for (const [at, { before, after }] of backends.entries()) {
      problems.push(...backendRowProblems(before, after, ctx.egress, `backends.${at}`))
      await yieldWhenDue()
    }
    problems.push(...misfits(next).map((message) => ({ field: misfitField(request), message })))
    for (const [kind, rows] of [
      ['frontends', frontends] as const,
      ['new_frontends', created] as const,
    ]) {
      for (const [at, { after }] of rows.entries()) {
        const spoken = request[kind][at]?.protocol
        problems.push(...frontendRowProblems(after, next, byPort, spoken, `${kind}.${at}`))
      }
    }
    problems.push(...growth(rules, next, request))
    refuseProblems(problems)
    await write(writer, steps)
    const entries = [
      ...backends.map((step) => entryOf('backend', step)),
      ...[...frontends, ...created].map((step) => entryOf('frontend', step)),
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

/** The rows that a request makes of those that there are. */
async function stepsOf(
  reader: Reader,
  lbId: string,
  rules: RuleSet,
  request: ChangeRules,
): Promise<Steps> {
  const backends: Steps['backends'] = []
  for (const patch of request.backends) {
    const before = await present(reader, 'backend', rules.backends, patch)
    backends.push({ before, after: patchedBackend(before, patch) })
  }
  const frontends: Steps['frontends'] = []
  for (const patch of request.frontends) {
    const before = await present(reader, 'frontend', rules.frontends, patch)
    frontends.push({ before, after: patchedFrontend(before, patch) })
  }
  const created = request.new_frontends.map((one): Step<FrontendRow> => {
    return { before: null, after: newFrontendRow(lbId, one.backend_id, one) }
  })
  return { backends, frontends, created }
}

/** The limits on a load balancer's size that a request would exceed. */
function growth(rules: RuleSet, next: RuleSet, request: ChangeRules) {
  const sizeOf = ({ backends, frontends }: RuleSet) =>
    sizeOfRules({ backends: [...backends.values()], frontends: [...frontends.values()] })
  const withServers = request.backends.findIndex(({ server_ip }) => server_ip !== undefined)
  return sizeProblems(sizeOf(rules), sizeOf(next)).map(({ of, message }) => ({
    field: of === 'servers' ? `backends.${withServers}.server_ip` : 'new_frontends',
    message,
  }))
}

async function write(writer: Writer, { backends, frontends, created }: Steps): Promise<void> {
  const yieldWhenDue = yieldEvery()
  for (const { after } of backends) {
    await writer.updateTable('backends').set(after).where('id', '=', after.id).execute()
    await yieldWhenDue()
  }
  // Off their ports first, so that they may swap them: each port is in use once at any moment.
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

/** Where routes or ACLs no longer fit, the protocol is what has changed, or else a frontend's backend. */
function misfitField({ backends }: ChangeRules): string {
  const at = backends.findIndex(({ forward_protocol: protocol }) => protocol !== undefined)
  return at === -1 ? 'frontends.0.backend_id' : `backends.${at}.forward_protocol`
}

/** The row that a patch is of, still as the caller knows it. @throws ApiError 404, 412 */
async function present<Row extends { id: string; updated_at: string }>(
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

/** The columns that a patch gives. What it leaves out is undefined, and stays as it is. */
function given<Columns extends object>(columns: Columns) {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Columns]?: Exclude<Columns[Key], undefined>
  }
}

function patchedBackend(row: BackendRow, patch: BackendPatch): BackendRow {
  const { server_ip: servers, health_check: check, ...columns } = patch
  return {
    ...row,
    ...given({ ...columns, servers, health_check: check && HealthCheck.parse(check) }),
    updated_at: timestamp(),
  }
}

function patchedFrontend(row: FrontendRow, patch: FrontendPatch): FrontendRow {
  const { protocol: _spoken, ...columns } = patch
  const after = { ...row, ...given(columns), updated_at: timestamp() }
  return { ...after, connection_rate_limit: after.connection_rate_limit || null }
}

const rowsOf = <Row>(steps: Step<Row>[]) => steps.map(({ after }) => after)

function entryOf(type: ResourceType, { before, after }: Step<{ id: string }>): Entry {
  return { verb: before ? 'update' : 'create', type, id: after.id, before, after }
}
