import {
  argumentsOf,
  calleeOf,
  find,
  isFunction,
  lineOf,
  type Node,
  nameOf,
  parse,
  type SyntaxTree,
} from './syntax-tree.ts'

/** A test in the source of a test file. */
export type FoundTest = { line: number; title: string; hasExpectation: boolean }

/** A wait of a fixed length. */
export type FoundSleep = { line: number; source: string }

const DECLARES = ['test', 'it']
const MODIFIERS = [null, 'concurrent', 'fails']
const EXPECTS = ['expect', 'poll', 'soft', 'unreachable']
const SLEEPS = ['delay', 'sleep', 'setTimeout', 'waitForTimeout']

/** @param path tells TypeScript with JSX by its end */
export function testsIn(path: string, source: string): FoundTest[] {
  return treeOf(path, source).nodes.flatMap((node) => {
    if (!isTest(node)) return []
    const [title, ...others] = argumentsOf(node) as [Node, ...Node[]]
    const body = others.find(isFunction)
    return [
      {
        line: lineOf(source, node),
        title: source.slice(title.start + 1, title.end - 1),
        hasExpectation: body !== undefined && find(body, isExpectation) !== null,
      },
    ]
  })
}

/** The titles of all tests and groups. */
export function titlesIn(path: string, source: string): string[] {
  return treeOf(path, source).nodes.flatMap((node) => {
    if (!isTest(node) && !isGroup(node)) return []
    const [title] = argumentsOf(node)
    return typeof title?.value === 'string' ? [title.value] : []
  })
}

/** Fixed waits: `await setTimeout(5)` of `node:timers/promises`, and a promise that only a timer resolves. */
export function sleepsIn(path: string, source: string): FoundSleep[] {
  const { nodes, parents } = treeOf(path, source)
  return nodes.flatMap((node) => {
    if (node.type !== 'CallExpression' || !SLEEPS.includes(calleeOf(node) ?? '')) return []
    const isAwaited = parents.get(node)?.type === 'AwaitExpression'
    if (!isAwaited && !resolvesPromise(node, parents)) return []
    return [{ line: lineOf(source, node), source: source.slice(node.start, node.end) }]
  })
}

function treeOf(path: string, source: string): SyntaxTree {
  return parse(source, path.endsWith('.tsx') ? 'tsx' : 'ts')
}

/** `test('title', …)`, also `test.skipIf(…)('title', …)` and `test.each(…)('title', …)`, but not `test.describe`. */
function isTest(node: Node): boolean {
  if (node.type !== 'CallExpression' || argumentsOf(node).length < 2) return false
  const callee = node.callee as Node
  const modifier = callee.type === 'MemberExpression' ? nameOf(callee.property) : null
  return DECLARES.includes(rootOf(callee) ?? '') && MODIFIERS.includes(modifier)
}

/** `describe('title', …)`, also `describe.each(…)('title', …)`, and Playwright's `test.describe('title', …)`. */
function isGroup(node: Node): boolean {
  if (node.type !== 'CallExpression') return false
  return rootOf(node) === 'describe' || calleeOf(node) === 'describe'
}

/** The variable at the start of a chain: "test" of `test.each(…)(…)`. */
function rootOf(node: Node): string | null {
  if (node.type === 'CallExpression') return rootOf(node.callee as Node)
  if (node.type === 'MemberExpression') return rootOf(node.object as Node)
  return nameOf(node)
}

/** `expect(…)`, `expect.poll(…)`, or a call of a helper named `expect…` or `assert…`. */
function isExpectation(node: Node): boolean {
  const name = calleeOf(node)
  if (name === null) return false
  if (/^(expect|assert)/.test(name)) return true
  return rootOf(node) === 'expect' && EXPECTS.includes(name)
}

/** `setTimeout(resolve, 5)` within `new Promise((resolve) => …)`. */
function resolvesPromise(call: Node, parents: Map<Node, Node>): boolean {
  const executor = parents.get(call)
  if (executor?.type !== 'ArrowFunctionExpression') return false
  const promise = parents.get(executor)
  return promise?.type === 'NewExpression' && nameOf(promise.callee) === 'Promise'
}
