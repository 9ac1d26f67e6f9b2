import { FAILOVER_VERBS } from '#lib/core/change.ts'
import { notFound } from '../../errors.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import type { Reader } from '../../store/reader.ts'
import type {
  AclRow,
  BackendRow,
  ChangeRow,
  FrontendRow,
  LbRow,
  RouteRow,
} from '../../store/tables.ts'

/** A load balancer's own row and its rules at one time. `lb` is null if it was deleted at that time. */
export type StateRows = {
  lb: LbRow | null
  backends: BackendRow[]
  frontends: FrontendRow[]
  routes: RouteRow[]
  acls: AclRow[]
}

/** The types of resources in a state. */
export const RESTORED_TYPES = ['lb', 'backend', 'frontend', 'route', 'acl'] as const

/**
 * The state of a load balancer right after a change, from its history: the last entry of each resource up to that change.
 * @throws ApiError 404 if the history has no such entry
 */
export async function stateAfter(
  reader: Reader,
  lbId: string,
  changeId: number,
): Promise<{ change: ChangeRow; rows: StateRows }> {
  const change = await entryOf(reader, lbId, changeId)
  const entries = await reader
    .selectFrom('changes')
    .select(['resource_type', 'after'])
    .where('id', 'in', (newest) =>
      newest
        .selectFrom('changes')
        .select(({ fn }) => fn.max('id').as('id'))
        .where('lb_id', '=', lbId)
        // All entries of a change have the same time, which no other change has.
        .where(({ eb, or }) => or([eb('id', '<=', changeId), eb('at', '=', change.at)]))
        .where('resource_type', 'in', RESTORED_TYPES)
        .where('verb', 'not in', FAILOVER_VERBS)
        .groupBy(['resource_type', 'resource_id']),
    )
    .execute()
  const rowsOf = (type: ChangeRow['resource_type']) =>
    entries.flatMap(({ resource_type, after }) =>
      resource_type === type && after !== null ? [after] : [],
    )
  const rows: StateRows = {
    lb: withoutMove(rowsOf('lb')[0] as (LbRow & MoveDetails) | undefined),
    backends: byAge((rowsOf('backend') as BackendRow[]).map(withDefaults)),
    frontends: byAge(rowsOf('frontend') as FrontendRow[]),
    routes: byAge(rowsOf('route') as RouteRow[]),
    acls: byAge(rowsOf('acl') as AclRow[]),
  }
  return { change, rows }
}

/** What entries of moves have besides the load balancer's row. */
type MoveDetails = { nodes?: unknown; active_node?: unknown; gap_ms?: unknown }

function withoutMove(entry: (LbRow & MoveDetails) | undefined): LbRow | null {
  if (!entry) return null
  const { nodes: _nodes, active_node: _active, gap_ms: _gap, ...row } = entry
  return row
}

/** A load balancer's own row; null if it is deleted. */
export async function findLbRow(reader: Reader, lbId: string): Promise<LbRow | null> {
  const query = reader.selectFrom('lbs').selectAll().where('id', '=', lbId)
  return (await query.executeTakeFirst()) ?? null
}

/** A load balancer's present state. `lb` is its own row, or null if it is deleted. */
export async function stateNow(reader: Reader, lbId: string, lb: LbRow | null): Promise<StateRows> {
  const under = <T extends 'backends' | 'frontends' | 'routes' | 'acls'>(table: T) =>
    reader
      .selectFrom(table as 'backends')
      .selectAll()
      .where('lb_id', '=', lbId)
      .execute() as unknown as Promise<StateRows[T]>
  return {
    lb,
    backends: byAge(await under('backends')),
    frontends: byAge(await under('frontends')),
    routes: byAge(await under('routes')),
    acls: byAge(await under('acls')),
  }
}

/** Adds the defaults of settings that did not exist when the entry was written. */
function withDefaults(row: BackendRow): BackendRow {
  const { sticky_sessions_nocache = true, host = '' } = row as Partial<BackendRow>
  return { ...row, sticky_sessions_nocache, host }
}

async function entryOf(reader: Reader, lbId: string, changeId: number): Promise<ChangeRow> {
  const entries = reader.selectFrom('changes').selectAll().where('lb_id', '=', lbId)
  const entry = await entries.where('id', '=', changeId).executeTakeFirst()
  if (entry && entry.id > (await historyHorizon(reader))) return entry
  const any = await reader
    .selectFrom('changes')
    .select('id')
    .where('lb_id', '=', lbId)
    .limit(1)
    .executeTakeFirst()
  throw notFound(any ? 'change' : 'lb')
}

function byAge<Row extends { id: string; created_at: string }>(rows: Row[]): Row[] {
  return rows.toSorted(
    (a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id),
  )
}
