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
import { answerBackend, answerFrontend, etagOf } from '../answer.ts'
import type { CallWith } from '../call.ts'
import { change, type Entry } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { newFrontendRow } from './new-rows.ts'
import { misfits } from './rule-misfits.ts'
import { loadRuleSet, withRules } from './rule-set.ts'
import { backendRowProblems, frontendRowProblems } from './rule-set-problems.ts'

type Step<Row> = { before: Row | null; after: Row }

/**
 * Changes several rules of a load balancer at once: all of it or nothing, and one generation. So a row of the
 * console is saved whole, and a frontend can change its protocol together with its backend.
 */
export async function changeRules({
  ctx,
  id,
  input,
}: CallWith<'id' | 'input'>): Promise<ChangedRules> {
  await findLbAnywhere(ctx.store.reader, id)
  const request = parseInput(ChangeRules, input)
  return change(ctx, async (writer) => {
    const lb = await findLbAnywhere(writer, id)
    const rules = await loadRuleSet(writer, lb.id)
    const backends: (Step<BackendRow> & { before: BackendRow })[] = []
    for (const patch of request.backends) {
      const before = await present(writer, 'backend', rules.backends, patch)
      backends.push({ before, after: patchedBackend(before, patch) })
    }
    const frontends: Step<FrontendRow>[] = []
    for (const patch of request.frontends) {
      const before = await present(writer, 'frontend', rules.frontends, patch)
      frontends.push({ before, after: patchedFrontend(before, patch) })
    }
    const created = request.new_frontends.map((one): Step<FrontendRow> => {
      return { before: null, after: newFrontendRow(lb.id, one.backend_id, one) }
    })
    const next = withRules(rules, rowsOf(backends), rowsOf([...frontends, ...created]))
    const problemsOf = (kind: 'frontends' | 'new_frontends', steps: Step<FrontendRow>[]) =>
      steps.flatMap(({ after }, at) =>
        frontendRowProblems(after, next, request[kind][at]?.protocol, `${kind}.${at}`),
      )
    refuseProblems([
      ...backends.flatMap(({ before, after }, at) =>
        backendRowProblems(before, after, ctx.egress, `backends.${at}`),
      ),
      ...misfits(next).map((message) => ({ field: misfitField(request), message })),
      ...problemsOf('frontends', frontends),
      ...problemsOf('new_frontends', created),
    ])
    for (const { after } of backends) await save(writer, 'backends', after)
    await freePorts(writer, frontends)
    for (const { after } of frontends) await save(writer, 'frontends', after)
    for (const { after } of created) await writer.insertInto('frontends').values(after).execute()
    const entries = [
      ...backends.map((step) => entryOf('backend', step)),
      ...[...frontends, ...created].map((step) => entryOf('frontend', step)),
    ]
    return {
      lb,
      entries,
      answer: async () => ({
        // As `change` has just set it.
        generation: entries.length > 0 ? lb.generation + 1 : lb.generation,
        backends: await answers(backends, (row) => answerBackend(ctx, writer, row)),
        frontends: await answers(frontends, (row) => answerFrontend(ctx, writer, row)),
        new_frontends: await answers(created, (row) => answerFrontend(ctx, writer, row)),
      }),
    }
  })
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

/** Takes the changed frontends off their ports, so that they may swap them: each port is in use once at any moment. */
async function freePorts(writer: Writer, frontends: Step<FrontendRow>[]): Promise<void> {
  for (const { after } of frontends) {
    await writer
      .updateTable('frontends')
      .set(({ neg }) => ({ inbound_port: neg('inbound_port') }))
      .where('id', '=', after.id)
      .execute()
  }
}

async function save(
  writer: Writer,
  table: 'backends' | 'frontends',
  row: BackendRow | FrontendRow,
): Promise<void> {
  await writer.updateTable(table).set(row).where('id', '=', row.id).execute()
}

function entryOf(type: ResourceType, { before, after }: Step<{ id: string }>): Entry {
  return { verb: before ? 'update' : 'create', type, id: after.id, before, after }
}

async function answers<Row, T>(
  steps: Step<Row>[],
  answer: (row: Row) => Promise<{ value: T }>,
): Promise<T[]> {
  const values: T[] = []
  for (const { after } of steps) values.push((await answer(after)).value)
  return values
}
