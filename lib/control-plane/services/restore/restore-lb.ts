import { type Restored, RestoreLb, RestoreQuery } from '#lib/core/restore.ts'
import { timestamp } from '../../clock.ts'
import type { Context } from '../../context.ts'
import type { Reader, Writer } from '../../store/store.ts'
import type { BackendRow, LbRow } from '../../store/tables.ts'
import { yieldEvery } from '../../yield-every.ts'
import type { CallWith, Write } from '../call.ts'
import { change, type Entry } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { prepareLimits } from '../rules/rule-limits.ts'
import { etagOfLb } from '../versioned-views.ts'
import { type StateRows, stateAfter, stateNow } from './lb-state.ts'
import { cannotRestore, refuseUnrestorable } from './restore-problems.ts'
import { type Estate, estateOf, reviveLb } from './revive-lb.ts'
import { type Difference, differenceOf } from './state-difference.ts'

type Plan = Difference & {
  lb: LbRow
  isNew: boolean
  /** When it was as it is to be again. */
  pastAt: string
  /** What a deleted one had. */
  estate: Estate | null
}

/**
 * Makes a load balancer what it was right after a change: its own settings and all its rules, with the ids that they had, in
 * one transaction and one generation. Its IP, subscriber, certificates and private networks stay as they are. A deleted one
 * comes back. With `dry_run` nothing is done, and the same is answered.
 */
export async function restoreLb({
  ctx,
  id,
  input,
  query,
  ifMatch,
}: CallWith<
  'id' | 'input' | 'query' | 'ifMatch',
  Write | 'egress' | 'fleet' | 'pools' | 'owner'
>): Promise<{ value: Restored; etag?: string }> {
  const { dry_run: dryRun } = parseInput(RestoreQuery, query)
  const { change_id: changeId } = parseInput(RestoreLb, input)
  const lbId = id.toLowerCase()
  const read = (reader: Reader, at: string) => planOf(ctx, reader, at, { lbId, changeId, ifMatch })
  await prepareLimits((await stateAfter(ctx.store.reader, lbId, changeId)).rows.acls)
  if (dryRun) {
    const plan = await ctx.store.transaction(ctx.authority, (writer) => read(writer, timestamp()))
    return answerOf(plan, { dryRun })
  }
  return change(ctx, async (writer, at) => {
    const plan = await read(writer, at)
    // It is so already, which is no change.
    if (plan.steps.length === 0) {
      return { lb: null, entries: [], result: async () => answerOf(plan, { dryRun }) }
    }
    const { lb, entries } = await writeLb(ctx, writer, at, plan)
    await writeRules(writer, lb.id, plan.rows)
    entries.push(...plan.steps.flatMap(lineOfRule))
    // As `change` sets it.
    const restored = { ...lb, generation: lb.generation + 1 }
    return { lb, entries, result: async () => answerOf(plan, { dryRun, tagged: restored }) }
  })
}

async function planOf(
  ctx: Pick<Context, 'egress'>,
  reader: Reader,
  at: string,
  asked: { lbId: string; changeId: number; ifMatch: string | null },
): Promise<Plan> {
  const { lbId, changeId, ifMatch } = asked
  const yieldWhenDue = yieldEvery()
  const { change: line, rows: then } = await stateAfter(reader, lbId, changeId)
  await yieldWhenDue()
  const now = await stateNow(reader, lbId)
  await yieldWhenDue()
  const etag = now.lb ? etagOfLb(now.lb) : ''
  await requireMatch(reader, ifMatch, etag, lbId)
  const difference = differenceOf(now, then, at)
  const { lb } = difference.rows
  if (!lb) throw cannotRestore(['That change deleted it.'])
  await yieldWhenDue()
  refuseUnrestorable(now, difference.rows, ctx.egress)
  const estate = now.lb ? null : await estateOf(reader, lbId)
  return { ...difference, lb, isNew: now.lb === null, pastAt: line.at, estate }
}

/** Writes a load balancer's own row. Its line, which is always there, says that all the others are a restoration. */
async function writeLb(
  ctx: Pick<Context, 'fleet' | 'pools' | 'owner'>,
  writer: Writer,
  at: string,
  { lb, estate, steps }: Plan,
): Promise<{ lb: LbRow; entries: Entry[] }> {
  if (estate) {
    const { lb: revived, entries } = await reviveLb(ctx, writer, at, lb, estate)
    return { lb: revived, entries: [lineOfLb(null, revived), ...entries] }
  }
  const before = steps.find(({ resource }) => resource.type === 'lb')?.before ?? lb
  const { name, description, type, tags, ssl_compatibility_level, updated_at } = lb
  await writer
    .updateTable('lbs')
    .set({ name, description, type, tags, ssl_compatibility_level, updated_at })
    .where('id', '=', lb.id)
    .execute()
  return { lb, entries: [lineOfLb(before as LbRow, lb)] }
}

/** All rules are written anew, in the order in which they refer to each other: they may have swapped ports and backends. */
async function writeRules(writer: Writer, lbId: string, rows: StateRows): Promise<void> {
  for (const table of ['routes', 'acls', 'frontends', 'backends'] as const) {
    await writer.deleteFrom(table).where('lb_id', '=', lbId).execute()
  }
  const yieldWhenDue = yieldEvery()
  for (const table of ['backends', 'frontends', 'routes', 'acls'] as const) {
    for (const row of rows[table]) {
      await writer
        .insertInto(table as 'backends')
        .values(row as BackendRow)
        .execute()
      await yieldWhenDue()
    }
  }
}

function lineOfLb(before: LbRow | null, after: LbRow): Entry {
  return { verb: 'restore', type: 'lb', id: after.id, before, after }
}

function lineOfRule({ action, resource, before, after }: Restored['steps'][number]): Entry[] {
  return resource.type === 'lb' ? [] : [{ verb: action, ...resource, before, after }]
}

/** With the tag of what there is: what was previewed can be asked for as long as it has not moved. */
function answerOf(plan: Plan, { dryRun, tagged }: { dryRun: boolean; tagged?: LbRow }) {
  const { steps, pastAt, estate, isNew, lb } = plan
  const ip = estate?.hadIp ? { ip_address: estate.ip?.ip_address ?? null } : {}
  const value: Restored = { dry_run: dryRun, at: pastAt, steps, ...ip }
  const present = tagged ?? (isNew ? null : lb)
  return present ? { value, etag: etagOfLb(present) } : { value }
}
