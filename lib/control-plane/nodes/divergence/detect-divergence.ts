import type { KnownConfig } from '#lib/protocol/stream.ts'
import type { Context } from '../../context.ts'
import type { Reader } from '../../store/reader.ts'
import type { DivergedConfig, Worker } from './divergences.ts'

/** Load balancers per query. */
const BATCH = 100

type Entry = [lbId: string, config: KnownConfig]
type Current = Map<string, { generation: number; revision: string }>

/**
 * Compares what a worker has with the history of this database. What the history never had has diverged: nodes are sent
 * nothing for it until the operator decides.
 */
export async function detectDivergence(
  { store, fleet }: Pick<Context, 'store' | 'fleet'>,
  worker: Worker,
  known: Record<string, KnownConfig>,
): Promise<void> {
  const { region } = worker.node
  const rows = await store.reader
    .selectFrom('lbs')
    .select(['id', 'generation', 'revision'])
    .where('region', '=', region)
    .execute()
  const current: Current = new Map(rows.map((row) => [row.id, row]))
  const others = Object.entries(known).filter(
    ([id, { revision }]) => revision === '' || current.get(id)?.revision !== revision,
  )
  const diverged = new Map<string, DivergedConfig>()
  for (let start = 0; start < others.length; start += BATCH) {
    const batch = others.slice(start, start + BATCH)
    for (const [id, config] of await foreign(store.reader, batch, current)) {
      diverged.set(id, { ...config, region })
    }
  }
  fleet.replaceDivergences(worker, diverged)
}

/** Those that are neither in the history of this database nor abandoned by the operator. */
async function foreign(reader: Reader, batch: Entry[], current: Current): Promise<Entry[]> {
  const ids = batch.map(([id]) => id)
  const revisions = batch.map(([, { revision }]) => revision)
  const [had, abandoned, remembered] = await Promise.all([
    reader.selectFrom('changes').select('revision').where('revision', 'in', revisions).execute(),
    reader.selectFrom('abandoned_revisions').selectAll().where('lb_id', 'in', ids).execute(),
    reader.selectFrom('changes').select('lb_id').distinct().where('lb_id', 'in', ids).execute(),
  ])
  const known = new Set(had.map(({ revision }) => revision))
  const history = new Set(remembered.map(({ lb_id }) => lb_id))
  // A configuration that was saved before revisions existed is compared by its generation.
  const isOlder = (id: string, generation: number) =>
    history.has(id) && generation <= (current.get(id)?.generation ?? generation)
  return batch.filter(([id, { generation, revision }]) => {
    if (abandoned.some((one) => one.lb_id === id && one.revision === revision)) return false
    return revision === '' ? !isOlder(id, generation) : !known.has(revision)
  })
}
