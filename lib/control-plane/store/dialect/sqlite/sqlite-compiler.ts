import { type FunctionNode, SqliteQueryCompiler } from 'kysely'
import { type PortableSql, portableSql } from '../portable-sql.ts'

const SQLITE: PortableSql = {
  textPosition: (text, part) => ['instr(', text, ', ', part, ')'],
  jsonItems: (list) => ['json_each(', list, ')'],
  jsonLength: (list) => ['json_array_length(', list, ')'],
  jsonText: (value, key) => ['(', value, ' ->> ', key, ')'],
  randomHex: (bytes) => ['lower(hex(randomblob(', bytes, ')))'],
  false: () => ['0'],
}

/** Compiles queries to SQLite's SQL. */
export class SqliteCompiler extends SqliteQueryCompiler {
  protected override visitFunction(node: FunctionNode): void {
    const fragments = portableSql(SQLITE, node)
    if (!fragments) super.visitFunction(node)
    for (const fragment of fragments ?? []) {
      if (typeof fragment === 'string') this.append(fragment)
      else this.visitNode(fragment)
    }
  }
}
