import {
  type ColumnDefinitionBuilder,
  type Expression,
  ExpressionWrapper,
  FunctionNode,
  type OperationNode,
  sql,
} from 'kysely'

/** SQL and its operands, which each dialect's compiler concatenates. */
type Fragments = readonly (string | OperationNode)[]

/** The expressions that databases write differently. A dialect's compiler has one method for each. */
export type PortableSql = {
  textPosition: (text: OperationNode, part: OperationNode) => Fragments
  jsonItems: (list: OperationNode) => Fragments
  jsonLength: (list: OperationNode) => Fragments
  jsonText: (value: OperationNode, key: OperationNode) => Fragments
  randomHex: (bytes: OperationNode) => Fragments
  false: () => Fragments
}

/** Names that no function of a database has. */
const PREFIX = 'portable '

/** The SQL of a function node made here; null for others. Call it from the compiler's `visitFunction`. */
export function portableSql(dialect: PortableSql, node: FunctionNode): Fragments | null {
  if (!node.func.startsWith(PREFIX)) return null
  const name = node.func.slice(PREFIX.length) as keyof PortableSql
  const write = dialect[name] as (...operands: readonly OperationNode[]) => Fragments
  return write(...node.arguments)
}

/** Where a text contains another one: 1 for its beginning, 0 if it doesn't. */
export const textPosition = (text: Expression<unknown>, part: string) =>
  portable<number>('textPosition', text, sql.val(part))

/** The items of a list of texts, as a table with the column `value`. */
export const jsonItems = (list: Expression<unknown>) =>
  portable<{ value: string }>('jsonItems', list)

/** The length of a list in JSON. */
export const jsonLength = (list: Expression<unknown>) => portable<number>('jsonLength', list)

/** A text of an object in JSON; null if the object has no such key. */
export const jsonText = (value: Expression<unknown>, key: string) =>
  portable<string | null>('jsonText', value, sql.lit(key))

/** Random bytes in lower-case hexadecimal. */
export const randomHex = (bytes: number) => portable<string>('randomHex', sql.lit(bytes))

/** The default of a boolean column. */
export const FALSE = portable<boolean>('false')

/** Makes an integer column the table's primary key. The database numbers new rows and never reuses a number. */
export const numberedByDatabase = (column: ColumnDefinitionBuilder) =>
  column.primaryKey().autoIncrement()

function portable<T>(
  name: keyof PortableSql,
  ...operands: Expression<unknown>[]
): ExpressionWrapper<never, never, T> {
  const nodes = operands.map((operand) => operand.toOperationNode())
  return new ExpressionWrapper(FunctionNode.create(PREFIX + name, nodes))
}
