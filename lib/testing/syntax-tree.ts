import { parseAst } from 'vitest/node'

/** A node of a syntax tree in ESTree's form. */
export type Node = { type: string; start: number; end: number; [field: string]: unknown }

export type SyntaxTree = { nodes: Node[]; parents: Map<Node, Node> }

/** All nodes of a source, breadth first, and the parent of each. @throws SyntaxError */
export function parse(source: string, lang: 'ts' | 'tsx' = 'ts'): SyntaxTree {
  const nodes = [parseAst(source, { lang }) as unknown as Node]
  const parents = new Map<Node, Node>()
  for (const node of nodes) {
    for (const child of childrenOf(node)) {
      parents.set(child, node)
      nodes.push(child)
    }
  }
  return { nodes, parents }
}

function childrenOf(node: Node): Node[] {
  const values = Object.values(node).flat()
  return values.filter((child): child is Node => typeof (child as Node | null)?.type === 'string')
}

/** The line of a node, from 1. */
export function lineOf(source: string, { start }: Node): number {
  return source.slice(0, start).split('\n').length
}

/** Strips type assertions, parentheses and optional chaining. */
export function unwrap(node: Node): Node {
  const wrappers = ['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression']
  const wraps = [...wrappers, 'ChainExpression', 'ParenthesizedExpression'].includes(node.type)
  return wraps ? unwrap(node.expression as Node) : node
}

export function nameOf(node: unknown): string | null {
  const name = (node as Node | null | undefined)?.name
  return typeof name === 'string' ? name : null
}

/** The name of the called function: "on" of `socket.on(…)`. */
export function calleeOf(node: Node): string | null {
  if (node.type !== 'CallExpression') return null
  const callee = unwrap(node.callee as Node)
  return nameOf(callee) ?? nameOf(callee.property)
}

export const argumentsOf = (node: Node) => (node.arguments as Node[] | undefined) ?? []

/** "settle" or "this.#tick"; null for anything longer. */
export function pathOf(node: Node): string | null {
  const { type, object, property } = unwrap(node)
  if (type === 'Identifier') return nameOf(node)
  if (type !== 'MemberExpression' || (object as Node).type !== 'ThisExpression') return null
  return `this.${keyOf(property as Node)}`
}

export function keyOf(key: Node): string {
  return `${key.type === 'PrivateIdentifier' ? '#' : ''}${nameOf(key)}`
}

export function paramsOf(fn: Node | undefined): string[] {
  return ((fn?.params as Node[] | undefined) ?? []).flatMap(namesIn)
}

export function namesIn(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [pattern.name as string]
  const properties = (pattern.properties as Node[] | undefined) ?? []
  return properties.flatMap((one) => namesIn(one.value as Node))
}

export function isFunction({ type }: Node): boolean {
  return ['ArrowFunctionExpression', 'FunctionExpression', 'FunctionDeclaration'].includes(type)
}

/** The first node for which a test holds, depth first. */
export function find(node: Node, test: (node: Node) => boolean): Node | null {
  if (test(node)) return node
  for (const child of childrenOf(node)) {
    const found = find(child, test)
    if (found) return found
  }
  return null
}
