import type { Divergence, DivergenceList } from '#lib/core/divergence.ts'
import { compareNames } from '#lib/core/fold-case.ts'
import { divergenceMessage, unknownLbMessage } from '../../nodes/divergence/divergence-message.ts'
import type { CallWith } from '../call.ts'

/** Every load balancer that nodes serve in a state that this database has never had; those it does not have come last. */
export async function listDivergences({
  ctx,
}: CallWith<never, 'store' | 'fleet'>): Promise<DivergenceList> {
  const all = [...ctx.fleet.divergences.all()]
  if (all.length === 0) return { divergences: [] }
  const rows = await ctx.store.reader
    .selectFrom('lbs')
    .select(['id', 'name', 'generation', 'changed_at'])
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  const divergences = all.map(([id, config]): Divergence => {
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
        ? divergenceMessage({ type: 'foreign_revision', config }, row)
        : unknownLbMessage(config),
    }
  })
  return { divergences: divergences.sort(inOrder) }
}

function inOrder(one: Divergence, other: Divergence): number {
  return (
    Number(one.name === null) - Number(other.name === null) ||
    compareNames(one.name ?? '', other.name ?? '') ||
    compareNames(one.lb_id, other.lb_id)
  )
}
