import type { Reader } from '../../store/reader.ts'
import type { Divergences } from './divergences.ts'

/** The diverged load balancers among these on which the operator has decided, perhaps at another control plane. */
export async function decidedElsewhere(
  reader: Reader,
  divergences: Divergences,
  lbIds: readonly string[],
): Promise<string[]> {
  const diverged = lbIds.filter((id) => divergences.all().has(id))
  if (diverged.length === 0) return []
  const rows = await reader
    .selectFrom('abandoned_revisions')
    .select(['lb_id', 'revision'])
    .where('lb_id', 'in', diverged)
    .execute()
  const isAbandoned = (id: string, revision: string) =>
    rows.some((row) => row.lb_id === id && row.revision === revision)
  return diverged.filter((id) =>
    divergences.revisionsOf(id).every((revision) => isAbandoned(id, revision)),
  )
}
