import { compareNames } from '#lib/core/fold-case.ts'
import type { HeldLb, HeldList } from '#lib/core/held.ts'
import type { Context } from '../../context.ts'
import { heldInWords, unknownInWords } from '../../observed/held-words.ts'

/** Every load balancer that nodes serve in a state that this database has never had; those it does not have come last. */
export async function listHeld({ ctx }: { ctx: Context }): Promise<HeldList> {
  const all = [...ctx.fleet.held.all()]
  if (all.length === 0) return { held: [] }
  const rows = await ctx.store.reader
    .selectFrom('lbs')
    .select(['id', 'name', 'generation', 'changed_at'])
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  const held = all.map(([id, config]): HeldLb => {
    const row = byId.get(id)
    const { generation, changed_at, address, region } = config
    return {
      lb_id: id,
      region,
      name: row?.name ?? null,
      ip_address: address,
      nodes: { generation, changed_at },
      database: row ? { generation: row.generation, changed_at: row.changed_at } : null,
      problem: row
        ? heldInWords({ type: 'foreign_revision', config }, row)
        : unknownInWords(config),
    }
  })
  return { held: held.sort(inOrder) }
}

function inOrder(one: HeldLb, other: HeldLb): number {
  return (
    Number(one.name === null) - Number(other.name === null) ||
    compareNames(one.name ?? '', other.name ?? '') ||
    compareNames(one.lb_id, other.lb_id)
  )
}
