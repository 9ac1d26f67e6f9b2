import { type Restored, RestoreLb, RestoreQuery } from '#lib/core/restore.ts'
import { timestamp } from '../../clock.ts'
import type { Context } from '../../context.ts'
import type { Reader, Writer } from '../../store/reader.ts'
import type { BackendRow, LbRow } from '../../store/tables.ts'
import { yieldEvery } from '../../yield-every.ts'
import type { CallWith, Write } from '../call.ts'
import { change, type Entry, type LockLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { warmPatternCosts } from '../rules/rule-limits.ts'
import { etagOfLb } from '../versioned-views.ts'
import { findLbRow, type StateRows, stateAfter, stateNow } from './lb-state.ts'
import { cannotRestore, refuseUnrestorable } from './restore-problems.ts'
import { type DeletedLb, findDeletedLb, reviveLb } from './revive-lb.ts'
import { type Difference, differenceOf } from './state-difference.ts'

/** The change whose state is restored. */
type Target = { lbId: string; changeId: number; ifMatch: string | null }

type Plan = Difference & {
  lb: LbRow
  /** The time of the state to restore. */
  targetAt: string
  /** Null if the load balancer exists. */
  deleted: DeletedLb | null
}

/**
 * Restores a load balancer to its state after a change: its own settings and all its rules, with their former IDs, in one transaction
 * and one generation. Its IP, subscriber, certificates and private networks are not changed. A deleted load balancer is created again.
 * A dry run returns the same result and writes nothing.
 */
export async function restoreLb({
  ctx,
  id,
  input,
  query,
  ifMatch,
}: CallWith<
  'id' | 'input' | 'query' | 'ifMatch',
  Write | 'egress' | 'fleet' | 'addresses' | 'owner' | 'placements' | 'hosts'
>): Promise<{ value: Restored; etag?: string }> {
  const { dry_run: dryRun } = parseInput(RestoreQuery, query)
  const { change_id: changeId } = parseInput(RestoreLb, input)
  const lbId = id.toLowerCase()
  const target = { lbId, changeId, ifMatch }
  await warmPatternCosts((await stateAfter(ctx.store.reader, lbId, changeId)).rows.acls)
  if (dryRun) {
    return ctx.store.snapshot(async (reader) => {
      await ctx.authority.check(reader)
      const lb = await findLbRow(reader, lbId)
      const plan = await planRestoration(ctx, reader, timestamp(), lb, target)
      return resultOf(plan, { dryRun, lb })
    })
  }
  const restoring = change(ctx, async (writer, at, lockLb) => {
    const exists = (await findLbRow(writer, lbId)) !== null
    const now = exists ? await lockLb(lbId) : null
    const plan = await planRestoration(ctx, writer, at, now, target)
    const entries: Entry[] = []
    if (plan.steps.length > 0) {
      entries.push(...(await writeLb({ ctx, writer, at, lockLb }, plan)))
      await writeRules(writer, lbId, plan.rows)
      entries.push(...plan.steps.flatMap(ruleEntry))
    }
    const result = async (reader: Reader) =>
      resultOf(plan, { dryRun, lb: await findLbRow(reader, lbId) })
    return { entries, result }
  })
  return restoring.catch(async (error: unknown) => {
    // It is placed before it is restored.
    if (!(await findLbRow(ctx.store.reader, lbId))) ctx.placements.forget(lbId)
    throw error
  })
}

/** @param lb the load balancer's row; null if it is deleted */
async function planRestoration(
  ctx: Pick<Context, 'egress'>,
  reader: Reader,
  at: string,
  lb: LbRow | null,
  { lbId, changeId, ifMatch }: Target,
): Promise<Plan> {
  const yieldWhenDue = yieldEvery()
  const { change: target, rows: past } = await stateAfter(reader, lbId, changeId)
  await yieldWhenDue()
  const present = await stateNow(reader, lbId, lb)
  await yieldWhenDue()
  await requireMatch(reader, ifMatch, lb ? etagOfLb(lb) : '', lbId)
  const difference = differenceOf(present, past, at)
  if (!difference.rows.lb) throw cannotRestore(['That change deleted it.'])
  await yieldWhenDue()
  refuseUnrestorable(present, difference.rows, ctx.egress)
  const deleted = lb ? null : await findDeletedLb(reader, lbId)
  return { ...difference, lb: difference.rows.lb, targetAt: target.at, deleted }
}

type Writing = {
  ctx: Pick<Context, 'fleet' | 'addresses' | 'owner' | 'placements' | 'hosts'>
  writer: Writer
  at: string
  lockLb: LockLb
}

/**
 * Writes the load balancer's own row. Every restoration has its entry, which marks the entries after it as part of the restoration.
 */
async function writeLb(writing: Writing, { lb, deleted, steps }: Plan): Promise<Entry[]> {
  if (deleted) {
    const { lb: revived, entries } = await reviveLb(writing, lb, deleted)
    return [lbEntry(null, revived), ...entries]
  }
  const before = steps.find(({ resource }) => resource.type === 'lb')?.before ?? lb
  const { name, description, type, tags, ssl_compatibility_level, updated_at } = lb
  await writing.writer
    .updateTable('lbs')
    .set({ name, description, type, tags, ssl_compatibility_level, updated_at })
    .where('id', '=', lb.id)
    .execute()
  return [lbEntry(before as LbRow, lb)]
}

/** Deletes all rules and inserts them again, because they may have swapped ports. Inserts a rule after those that it refers to. */
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

function lbEntry(before: LbRow | null, after: LbRow): Entry {
  return { verb: 'restore', type: 'lb', id: after.id, before, after }
}

function ruleEntry({ action, resource, before, after }: Restored['steps'][number]): Entry[] {
  return resource.type === 'lb' ? [] : [{ verb: action, ...resource, before, after }]
}

/** @param lb the load balancer's row after the restoration; null after a dry run for a deleted one */
function resultOf(plan: Plan, { dryRun, lb }: { dryRun: boolean; lb: LbRow | null }) {
  const { steps, targetAt, deleted } = plan
  const ip = deleted?.hadIp ? { ip_address: deleted.ip?.ip_address ?? null } : {}
  const value: Restored = { dry_run: dryRun, at: targetAt, steps, ...ip }
  return lb ? { value, etag: etagOfLb(lb) } : { value }
}
