import { FollowDatabase, type FollowDatabaseResult } from '#lib/core/divergence.ts'
import type { Context } from '../../context.ts'
import { invalidField } from '../../errors.ts'
import type { DivergedConfig } from '../../nodes/divergence/divergences.ts'
import type { Writer } from '../../store/reader.ts'
import type { CallWith, Write } from '../call.ts'
import { change, type Entry } from '../change.ts'
import { parseInput } from '../parse-input.ts'

const VERB = 'follow_database'

/**
 * Decides divergence for the database. Diverged load balancers of the database get a generation above that of the nodes and are sent.
 * Load balancers that the database lacks are removed from the nodes only if they are named, or with `unknown`.
 */
export async function followDatabase({
  ctx,
  input,
}: CallWith<'input', Write | 'fleet'>): Promise<FollowDatabaseResult> {
  const { lb_ids, unknown } = parseInput(FollowDatabase, input ?? {})
  const named = lb_ids && new Set(lb_ids)
  const { divergences } = ctx.fleet
  const stranger = lb_ids?.find((id) => !divergences.all().has(id))
  if (stranger) {
    throw invalidField('lb_ids', `The nodes have nothing else of load balancer ${stranger}.`)
  }
  const followed: string[] = []
  const removed: string[] = []
  try {
    for (const [id, config] of [...divergences.all()].filter(([id]) => !named || named.has(id))) {
      const outcome = await decide(ctx, id, config, unknown || named !== undefined)
      if (outcome === 'followed') followed.push(id)
      if (outcome === 'removed') removed.push(id)
    }
  } finally {
    // If the caller loses the right meanwhile, the decisions so far are kept.
    ctx.fleet.resolveDivergences([...followed, ...removed])
    ctx.commits.notify()
  }
  return { followed, removed }
}

function decide(
  ctx: Pick<Context, Write | 'fleet'>,
  id: string,
  config: DivergedConfig,
  mayRemove: boolean,
): Promise<'followed' | 'removed' | 'left'> {
  return change(ctx, async (writer, at, lockLb) => {
    const query = writer.selectFrom('lbs').selectAll().where('id', '=', id)
    const lb = await query.executeTakeFirst()
    if (!lb && !mayRemove) return { entries: [], result: async () => 'left' as const }
    await abandon(ctx, writer, at, id)
    const entry: Entry = { verb: VERB, type: 'lb', id, before: lb ?? config, after: lb ?? null }
    if (!lb) return { entries: [entry], result: async () => 'removed' as const }
    await lockLb(id, config.generation)
    return { entries: [entry], result: async () => 'followed' as const }
  })
}

/** Records the abandoned revisions, so that a node that is disconnected now and returns with one does not count as diverged. */
async function abandon(
  ctx: Pick<Context, 'fleet'>,
  writer: Writer,
  at: string,
  id: string,
): Promise<void> {
  for (const revision of ctx.fleet.divergences.revisionsOf(id)) {
    await writer
      .insertInto('abandoned_revisions')
      .values({ lb_id: id, revision, at })
      .onConflict((conflict) => conflict.columns(['lb_id', 'revision']).doNothing())
      .execute()
  }
}
