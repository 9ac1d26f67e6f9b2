import { DatabaseSync } from 'node:sqlite'
import { foldedValue, isFolded } from '#lib/control-plane/store/folded-columns.ts'

type Row = Record<string, unknown>
type Line = {
  id: number
  lb_id: string | null
  generation: number | null
  revision: string | null
  resource_type: 'lb' | 'ip' | 'backend' | 'frontend' | 'route' | 'acl'
  resource_id: string
  before: string | null
  after: string | null
}

/** Columns that every generation changes, and that the history has in their previous state. */
const COUNTED = new Set(['generation', 'changed_at', 'revision'])

/** A common form of rows and history entries. */
function plain(row: Row | null): string | null {
  if (row === null) return null
  const columns = Object.entries(row).filter(([name]) => !COUNTED.has(name) && !isFolded(name))
  return JSON.stringify(columns.map(([name, value]) => [name, plainValue(value)]).sort())
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value)
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : value
}

/**
 * Reads a database's new changes and counts violations: the history must be complete (each entry starts with the state in which
 * the previous one ended, and the last is the current state), and every load balancer must have each generation exactly once.
 */
export class HistoryAudit {
  readonly faults: string[] = []
  /** The state of each object after its last entry. */
  readonly #last = new Map<string, string | null>()
  readonly #generations = new Map<string, { generation: number; revision: string }>()
  #lines = 0

  get lines(): number {
    return this.#lines
  }

  /** @returns the marks (name or tags) of each existing object of `ids` */
  look(file: string, ids: string[]): Map<string, string> {
    using database = new DatabaseSync(file, { readOnly: true })
    const { count, newest } = database
      .prepare('select count(*) as count, max(id) as newest from changes')
      .get() as { count: number; newest: number | null }
    if (count !== (newest ?? 0)) this.faults.push(`${newest} lines of history, ${count} are there`)
    const lines = database
      .prepare("select * from changes where id > ? and resource_type <> 'token' order by id")
      .all(this.#lines) as unknown as Line[]
    for (const line of lines) this.#follow(line)
    this.#lines = newest ?? 0
    const touched = new Set(
      lines.map(({ resource_type, resource_id }) => `${resource_type} ${resource_id}`),
    )
    for (const object of touched) this.#compare(database, object)
    this.#compareGenerations(database)
    return marksOf(database, ids)
  }

  #follow({ id, lb_id, generation, revision, resource_id, before, after }: Line): void {
    const begins = plain(before === null ? null : JSON.parse(before))
    const known = this.#last.get(resource_id) ?? null
    if (begins !== known) this.faults.push(`line ${id} does not begin where the one before ended`)
    this.#last.set(resource_id, plain(after === null ? null : JSON.parse(after)))
    if (lb_id === null || generation === null) return
    const last = this.#generations.get(lb_id) ?? { generation: 0, revision: '' }
    const same = generation === last.generation && revision === last.revision
    const next = generation === last.generation + 1 && revision && revision !== last.revision
    if (!same && !next)
      this.faults.push(`line ${id} has generation ${generation} after ${last.generation}`)
    this.#generations.set(lb_id, { generation, revision: revision ?? '' })
  }

  /** Checks that the current state is that of the history's last entries: changes are atomic. */
  #compare(database: DatabaseSync, object: string): void {
    const [type, id = ''] = object.split(' ')
    const row = database.prepare(`select * from ${type}s where id = ?`).get(id)
    if (row) this.#compareFolded(object, row)
    const there = plain((row as Row | undefined) ?? null)
    if (there !== (this.#last.get(id) ?? null)) {
      this.faults.push(`${object} is not what the history ends with`)
    }
  }

  #compareFolded(object: string, row: Row): void {
    for (const [column, value] of Object.entries(row).filter(([name]) => isFolded(name))) {
      const source = row[column.replace(/_folded$/, '')]
      const text = column === 'tags_folded' ? JSON.parse(String(source)) : source
      if (value !== foldedValue(text)) this.faults.push(`${object} has ${column} ${value}`)
    }
  }

  #compareGenerations(database: DatabaseSync): void {
    for (const row of database.prepare('select id, generation, revision from lbs').all()) {
      const last = this.#generations.get(String(row.id))
      if (last?.generation !== row.generation || last?.revision !== row.revision) {
        this.faults.push(
          `load balancer ${row.id} has generation ${row.generation}, its history ${last?.generation}`,
        )
      }
    }
  }
}

function marksOf(database: DatabaseSync, ids: string[]): Map<string, string> {
  const marks = new Map<string, string>()
  for (const [table, column] of [
    ['lbs', 'name'],
    ['backends', 'name'],
    ['frontends', 'name'],
    ['acls', 'name'],
    ['routes', "match ->> 'host_header'"],
    ['ips', 'tags ->> 0'],
  ] as const) {
    const statement = database.prepare(`select ${column} as mark from ${table} where id = ?`)
    for (const id of ids) {
      const row = statement.get(id)
      if (row) marks.set(id, String(row.mark))
    }
  }
  return marks
}
