import { isDeepStrictEqual } from 'node:util'
import type { RestoreStep } from '#lib/core/restore.ts'
import type { LbRow } from '../../store/tables.ts'
import type { StateRows } from './lb-state.ts'

const TYPES = { backends: 'backend', frontends: 'frontend', routes: 'route', acls: 'acl' } as const
const TABLES = Object.keys(TYPES) as (keyof typeof TYPES)[]
/** The columns of a load balancer that are restored. Its subscriber, IP and the cluster of its master are not. */
const RESTORED_COLUMNS = ['name', 'description', 'type', 'tags', 'ssl_compatibility_level'] as const

/** The steps from one state to another, and the resulting rows. */
export type Difference = { steps: RestoreStep[]; rows: StateRows }

/**
 * The steps from the present state to a past one. An unchanged resource keeps its row. A changed one gets its former fields, and
 * `at` as the time of its last change.
 */
export function differenceOf(now: StateRows, then: StateRows, at: string): Difference {
  const lb = restoredLb(now.lb, then.lb, at)
  const steps: RestoreStep[] = []
  if (lb !== now.lb) steps.push(step('lb', now.lb, lb))
  const rows = { lb, backends: [], frontends: [], routes: [], acls: [] } as StateRows
  for (const table of TABLES) {
    const [present, past] = [now[table] as Row[], then[table] as Row[]]
    const before = new Map(present.map((row) => [row.id, row]))
    const kept = new Set(past.map(({ id }) => id))
    for (const row of present) {
      if (!kept.has(row.id)) steps.push(step(TYPES[table], row, null))
    }
    const next = past.map((row) => {
      const known = before.get(row.id)
      if (known && same(known, row)) return known
      const after = { ...known, ...row, updated_at: at }
      steps.push(step(TYPES[table], known ?? null, after))
      return after
    })
    Object.assign(rows, { [table]: next })
  }
  return { steps, rows }
}

type Row = { id: string; updated_at: string }

function restoredLb(now: LbRow | null, then: LbRow | null, at: string): LbRow | null {
  if (!then || !now) return then && { ...then, updated_at: at }
  const settings = Object.fromEntries(RESTORED_COLUMNS.map((name) => [name, then[name]]))
  const unchanged = RESTORED_COLUMNS.every((name) => isDeepStrictEqual(now[name], then[name]))
  return unchanged ? now : { ...now, ...settings, updated_at: at }
}

/** Whether two rows are equal except for the time of the last change. A column that an older version did not have counts as null. */
function same(one: Row, other: Row): boolean {
  const fields = new Set([...Object.keys(one), ...Object.keys(other)])
  fields.delete('updated_at')
  const read = (row: Row, field: string) => (row as unknown as Record<string, unknown>)[field]
  return [...fields].every((field) =>
    isDeepStrictEqual(read(one, field) ?? null, read(other, field) ?? null),
  )
}

function step(
  type: RestoreStep['resource']['type'],
  before: { id: string } | null,
  after: { id: string } | null,
): RestoreStep {
  const action = before === null ? 'create' : after === null ? 'delete' : 'update'
  return { action, resource: { type, id: (after ?? before)?.id ?? '' }, before, after }
}
