import type { Region } from '#lib/core/locality.ts'
import type { Context } from '../context.ts'
import { findLbAnywhere } from '../store/find.ts'
import { change } from './change.ts'

/**
 * Takes the load balancers of which a node has a newer generation than the store beyond it. That happens when an
 * older copy of the database is put back: nodes refuse older generations, so every change would be refused.
 */
export async function catchUp({
  ctx,
  region,
  known,
}: {
  ctx: Context
  region: Region
  known: Record<string, number>
}): Promise<void> {
  const { reader } = ctx.store
  const lbs = await reader.selectFrom('lbs').selectAll().where('region', '=', region).execute()
  for (const lb of lbs) {
    const generation = known[lb.id] ?? 0
    if (generation <= lb.generation) continue
    await change(ctx, async (writer) => {
      const answer = async () => undefined
      // Several processes connect at once, and one of them is first.
      const now = await findLbAnywhere(writer, lb.id)
      if (generation <= now.generation) return { lb: null, entries: [], answer }
      const entry = { verb: 'catch_up', type: 'lb', id: lb.id, before: now, after: now } as const
      return { lb: { ...now, generation }, entries: [entry], answer }
    })
  }
}
