import type { ControlPlaneList } from '#lib/core/control-planes.ts'
import { replicaOfHolder } from '../../leadership/holder.ts'
import type { CallWith } from '../call.ts'

/** The control planes that share the database, or the one that has it for itself. */
export async function listControlPlanes({
  ctx: { store, replicas },
}: CallWith<never, 'store' | 'replicas'>): Promise<ControlPlaneList> {
  const known = await replicas.list()
  const leader = store.isShared ? await leaderId(store) : replicas.id
  return {
    control_planes: known.map(({ address, isGone, isSelf, ...row }) => ({
      ...row,
      node_address: address,
      state: isGone ? 'gone' : 'running',
      leads: row.id === leader,
      current: isSelf,
    })),
    shared: store.isShared,
  }
}

async function leaderId({
  reader,
}: CallWith<never, 'store'>['ctx']['store']): Promise<string | null> {
  const row = await reader.selectFrom('leadership').select('holder').executeTakeFirst()
  return row?.holder ? replicaOfHolder(row.holder) : null
}
