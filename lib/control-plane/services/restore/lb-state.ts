import { notFound } from '../../errors.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import type { Reader } from '../../store/store.ts'
import type {
  AclRow,
  BackendRow,
  ChangeRow,
  FrontendRow,
  LbRow,
  RouteRow,
} from '../../store/tables.ts'

/** A load balancer's own row and its rules at some time; `lb` is null where it was deleted. */
export type StateRows = {
  lb: LbRow | null
  backends: BackendRow[]
  frontends: FrontendRow[]
  routes: RouteRow[]
  acls: AclRow[]
}

/** Lines that tell where its traffic went; they hold no row. */
export const MOVES = ['switch_over', 'drain_node', 'rebalance']

/** The objects that a state is made of. */
export const RESTORED_TYPES = ['lb', 'backend', 'frontend', 'route', 'acl'] as const

/**
 * A load balancer as it was right after a change, from its history: each object's last line up to the end of that change.
 * @throws ApiError 404 where its history has no such line
 */
export async function stateAfter(
  reader: Reader,
  lbId: string,
  changeId: number,
): Promise<{ change: ChangeRow; rows: StateRows }> {
  const change = await lineOf(reader, lbId, changeId)
  const lines = await reader
    .selectFrom('changes')
    .select(['resource_type', 'after'])
    .where('id', 'in', (newest) =>
      newest
        .selectFrom('changes')
        .select(({ fn }) => fn.max('id').as('id'))
        .where('lb_id', '=', lbId)
        // The lines of one change have one time, which no other change has.
        .where(({ eb, or }) => or([eb('id', '<=', changeId), eb('at', '=', change.at)]))
        .where('resource_type', 'in', RESTORED_TYPES)
        .where('verb', 'not in', MOVES)
        .groupBy(['resource_type', 'resource_id']),
    )
    .execute()
  const rowsOf = (type: ChangeRow['resource_type']) =>
    lines.flatMap(({ resource_type, after }) =>
      resource_type === type && after !== null ? [after] : [],
    )
  const rows: StateRows = {
    lb: (rowsOf('lb')[0] as LbRow | undefined) ?? null,
    backends: byAge((rowsOf('backend') as BackendRow[]).map(withDefaults)),
    frontends: byAge(rowsOf('frontend') as FrontendRow[]),
    routes: byAge(rowsOf('route') as RouteRow[]),
    acls: byAge(rowsOf('acl') as AclRow[]),
  }
  return { change, rows }
}

/** What there is now of a load balancer. */
export async function stateNow(reader: Reader, lbId: string): Promise<StateRows> {
  const lb = await reader.selectFrom('lbs').selectAll().where('id', '=', lbId).executeTakeFirst()
  const under = <T extends 'backends' | 'frontends' | 'routes' | 'acls'>(table: T) =>
    reader
      .selectFrom(table as 'backends')
      .selectAll()
      .where('lb_id', '=', lbId)
      .execute() as unknown as Promise<StateRows[T]>
  return {
    lb: lb ?? null,
    backends: byAge(await under('backends')),
    frontends: byAge(await under('frontends')),
    routes: byAge(await under('routes')),
    acls: byAge(await under('acls')),
  }
}

/** Lines written before a setting existed get its default. */
function withDefaults(row: BackendRow): BackendRow {
  const { sticky_sessions_nocache = true, host = '' } = row as Partial<BackendRow>
  return { ...row, sticky_sessions_nocache, host }
}

async function lineOf(reader: Reader, lbId: string, changeId: number): Promise<ChangeRow> {
  const lines = reader.selectFrom('changes').selectAll().where('lb_id', '=', lbId)
  const line = await lines.where('id', '=', changeId).executeTakeFirst()
  if (line && line.id > (await historyHorizon(reader))) return line
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
