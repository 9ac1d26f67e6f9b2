import {
  ColumnNode,
  ColumnUpdateNode,
  type InsertQueryNode,
  type KyselyPlugin,
  type OperationNode,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  PrimitiveValueListNode,
  type QueryResult,
  TableNode,
  type UnknownRow,
  type UpdateQueryNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
} from 'kysely'
import { FOLDED_COLUMNS, foldedName, foldedValue } from './folded-columns.ts'

/**
 * Writes each folded column together with its source column, so that no service can forget to. `ColumnValues` removes folded columns
 * from rows that are read, so the history contains only what users entered.
 */
export class FoldWrites implements KyselyPlugin {
  transformQuery({ node }: PluginTransformQueryArgs) {
    if (node.kind === 'InsertQueryNode') return foldInsert(node)
    if (node.kind === 'UpdateQueryNode') return foldUpdate(node)
    return node
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result
  }
}

function foldedColumnsOf(table: OperationNode | undefined): readonly string[] {
  if (table === undefined || !TableNode.is(table)) return []
  return FOLDED_COLUMNS[table.table.identifier.name] ?? []
}

function foldInsert(node: InsertQueryNode): InsertQueryNode {
  const columns = node.columns ?? []
  const sources = columns.flatMap(({ column }, index) =>
    foldedColumnsOf(node.into).includes(column.name) ? [{ name: column.name, index }] : [],
  )
  if (sources.length === 0) return node
  if (!node.values || !ValuesNode.is(node.values)) throw unfoldable(sources[0]?.name)
  const added = sources.map(({ name }) => ColumnNode.create(foldedName(name)))
  const rows = node.values.values.map((row) => {
    if (PrimitiveValueListNode.is(row)) {
      const more = sources.map(({ index }) => foldedValue(row.values[index]))
      return PrimitiveValueListNode.create([...row.values, ...more])
    }
    const more = sources.map(({ name, index }) => foldedNode(name, row.values[index]))
    return ValueListNode.create([...row.values, ...more])
  })
  return { ...node, columns: [...columns, ...added], values: ValuesNode.create(rows) }
}

function foldUpdate(node: UpdateQueryNode): UpdateQueryNode {
  const sources = foldedColumnsOf(node.table)
  const more = (node.updates ?? []).flatMap(({ column, value }) => {
    const name = ColumnNode.is(column) ? column.column.name : ''
    if (!sources.includes(name)) return []
    return [ColumnUpdateNode.create(ColumnNode.create(foldedName(name)), foldedNode(name, value))]
  })
  return more.length === 0 ? node : { ...node, updates: [...(node.updates ?? []), ...more] }
}

function foldedNode(column: string, value: OperationNode | undefined): ValueNode {
  if (value === undefined || !ValueNode.is(value)) throw unfoldable(column)
  return ValueNode.create(foldedValue(value.value))
}

const unfoldable = (column = '') =>
  new Error(`Column ${column} is set to an expression, so it can't be folded. Set it to a value.`)
