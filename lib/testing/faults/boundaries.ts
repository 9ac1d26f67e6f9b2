import { globSync, readFileSync } from 'node:fs'
import {
  argumentsOf,
  calleeOf,
  find,
  isFunction,
  keyOf,
  lineOf,
  type Node,
  nameOf,
  namesIn,
  paramsOf,
  parse,
  pathOf,
  unwrap,
} from '../syntax-tree.ts'

/**
 * Finds, in the syntax tree of a file, the callbacks that it registers with the event loop and whether they are contained
 * (`faults.ts`). `plants.ts` plants exceptions in the contained ones.
 */

/** A callback for the event loop, or a promise that nobody awaits. */
export type Registration = {
  /** From 1. */
  line: number
  /** "setTimeout", "on", "onread", "void". */
  kind: string
  /** Why it is not contained; null if it is. */
  problem: string | null
}

/** A contained callback. */
export type Containment = {
  /** The file and the owner of the callback: "lib/node/reporter.ts #onFigures". */
  id: string
  /** From 1. */
  line: number
  boundary: string
  kind: 'contain' | 'detach' | 'forEachContained' | 'try'
  /** Offsets into the source: the planted call opens before `start` and closes after `end`. */
  start: number
  end: number
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'nextTick']
const LISTENERS = ['on', 'once', 'addListener', 'prependListener', 'addEventListener']
const CHAINS = ['then', 'catch', 'finally']
const CONTAINERS = ['contain', 'detach', 'forEachContained']
/** Node's functions that take a callback as their last argument. */
const CALLS_BACK = [
  ...['close', 'connect', 'createConnection', 'createServer', 'end', 'exec', 'execFile', 'kill'],
  ...['listen', 'lookup', 'ping', 'send', 'shutdown', 'write', 'writeFile'],
]
/** Callbacks of raw handles, and the DOM's event handlers; ours are in camel case. */
const HANDLER = /^on[a-z]+$/

/** The source files whose callbacks have to be contained. */
export function sourceFiles(...modules: string[]): string[] {
  return modules
    .flatMap((module) => globSync(`${module}/**/*.ts`))
    .filter((file) => !/\.test\.ts$|lib\/process\/faults\.ts$/.test(file))
    .sort()
}

/** @throws SyntaxError */
export function registrations(source: string): Registration[] {
  const file = new SourceFile(source)
  return file.nodes.flatMap((node) => file.registration(node) ?? [])
}

/** @throws SyntaxError */
export function containments(path: string, source = readFileSync(path, 'utf8')): Containment[] {
  const file = new SourceFile(source)
  const uses = new Map<string, number>()
  const all = file.nodes.flatMap((node) => file.containment(node) ?? [])
  all.sort((one, other) => one.line - other.line || one.start - other.start)
  return all.map(({ id: name, ...one }) => {
    const number = (uses.get(name) ?? 0) + 1
    uses.set(name, number)
    return { id: `${path} ${name}${number > 1 ? ` ${number}` : ''}`, ...one }
  })
}

class SourceFile {
  readonly nodes: Node[]
  readonly #source: string
  readonly #parents: Map<Node, Node>
  /** All definitions of a name in the file: "settle", "this.#tick". */
  readonly #definitions = new Map<string, Node[]>()
  /** Names of functions that only settle a promise. */
  readonly #settlers = new Set<string>()
  /** Names imported from `node:timers/promises`, which take no callback. */
  readonly #promised = new Set<string>()

  constructor(source: string) {
    this.#source = source
    const { nodes, parents } = parse(source)
    this.nodes = nodes
    this.#parents = parents
    for (const node of this.nodes) this.#define(node)
  }

  registration(node: Node): Registration | null {
    const found = this.#callback(node) ?? this.#promise(node)
    return found && { line: lineOf(this.#source, node), ...found }
  }

  containment(node: Node): Containment | null {
    const [id, line] = [this.#ownerOf(node), lineOf(this.#source, node)]
    if (isReporting(node)) {
      const reports = find(node.handler as Node, (one) => calleeOf(one) === 'reportFault')
      const boundary = String((reports && argumentsOf(reports)[1]?.value) ?? 'connection')
      const start = (node.block as Node).start + 1
      return { id, line, boundary, kind: 'try', start, end: start }
    }
    const name = calleeOf(node)
    if (name === null || !CONTAINERS.includes(name)) return null
    const [boundary, ...others] = argumentsOf(node)
    const callback = others[name === 'forEachContained' ? 1 : 0]
    if (!callback) return null
    const { start, end } = callback
    const kind = name as Containment['kind']
    return { id, line, boundary: String(boundary?.value), kind, start, end }
  }

  /** The variable, property, method or function that contains a node. */
  #ownerOf(node: Node): string {
    const parent = this.#parents.get(node)
    if (!parent) return 'module'
    if (parent.type === 'VariableDeclarator') return nameOf(parent.id) ?? 'module'
    if (parent.type === 'PropertyDefinition' || parent.type === 'MethodDefinition') {
      return keyOf(parent.key as Node)
    }
    if (parent.type === 'FunctionDeclaration') return nameOf(parent.id) ?? 'module'
    return this.#ownerOf(parent)
  }

  /** "onread" of `handle.onread = …`. */
  #handler({ left, right }: Node): Omit<Registration, 'line'> | null {
    const { property, computed } = left as Node
    const name = computed ? null : nameOf(property)
    if (name === null || !HANDLER.test(name)) return null
    return { kind: name, problem: this.#problemOf(right as Node) }
  }

  #callback(node: Node): Omit<Registration, 'line'> | null {
    if (node.type === 'AssignmentExpression') return this.#handler(node)
    const name = calleeOf(node)
    if (name === null || this.#promised.has(name)) return null
    const given = argumentsOf(node)
    if (TIMERS.includes(name)) return { kind: name, problem: this.#problemOf(given[0]) }
    if (LISTENERS.includes(name)) {
      const most = name === 'addEventListener' ? 3 : 2
      const [, callback] = given
      if (!callback || given.length > most || callback.type === 'Literal') return null
      return { kind: name, problem: this.#problemOf(callback) }
    }
    const last = given.at(-1)
    if (!CALLS_BACK.includes(name) || !last || !isFunction(last)) return null
    return { kind: name, problem: this.#problemOf(last) }
  }

  /** A promise whose rejection goes unnoticed. */
  #promise(node: Node): Omit<Registration, 'line'> | null {
    if (node.type === 'UnaryExpression' && node.operator === 'void') {
      const isCall = unwrap(node.argument as Node).type === 'CallExpression'
      return isCall ? { kind: 'void', problem: 'use detach()' } : null
    }
    const name = calleeOf(node)
    if (node.type !== 'CallExpression' || name === null) return null
    const parent = this.#parents.get(node)
    const isStatement = parent?.type === 'ExpressionStatement'
    const isStored =
      parent?.type === 'AssignmentExpression' || parent?.type === 'VariableDeclarator'
    if (CHAINS.includes(name) && (isStatement || (isStored && name !== 'catch'))) {
      return { kind: name, problem: 'nobody sees that it rejects: use detach()' }
    }
    if (!isStatement) return null
    const path = pathOf(node.callee as Node)
    const isAsync = this.#definitions.get(path ?? '')?.some((one) => one.async === true)
    return isAsync ? { kind: 'async', problem: 'nobody awaits it: use detach()' } : null
  }

  /** Why a callback is not contained; null if it is. */
  #problemOf(callback: Node | undefined, seen: readonly Node[] = []): string | null {
    if (!callback) return 'there is no callback'
    const node = unwrap(callback)
    if (calleeOf(node) === 'contain') return null
    if (isFunction(node)) return isHarmless(node) ? null : 'it is not contained'
    const path = pathOf(node)
    if (path === null) return 'it is not contained'
    if (this.#settlers.has(path)) return null
    const definitions = this.#definitions.get(path)
    if (!definitions || seen.includes(node)) return `${path} is not known to be contained`
    const problems = definitions.map((one) => this.#problemOf(one, [...seen, node]))
    return problems.find((problem) => problem !== null) ?? null
  }

  #define(node: Node): void {
    switch (node.type) {
      case 'VariableDeclarator':
        if (node.init) this.#defineVariable(node.id as Node, unwrap(node.init as Node))
        return
      case 'FunctionDeclaration':
        this.#add(nameOf(node.id) ?? '', node)
        return
      case 'PropertyDefinition':
      case 'MethodDefinition':
        if (node.value) this.#add(`this.${keyOf(node.key as Node)}`, unwrap(node.value as Node))
        return
      case 'NewExpression':
        if (nameOf(node.callee) === 'Promise') this.#addSettlers(paramsOf(argumentsOf(node)[0]))
        return
      case 'ImportDeclaration':
        if ((node.source as Node).value !== 'node:timers/promises') return
        for (const one of node.specifiers as Node[]) this.#promised.add(nameOf(one.local) ?? '')
    }
  }

  #defineVariable(id: Node, init: Node): void {
    if (id.type === 'Identifier') this.#add(id.name as string, init)
    else if (calleeOf(init) === 'withResolvers') this.#addSettlers(namesIn(id))
  }

  #add(name: string, value: Node): void {
    this.#definitions.set(name, [...(this.#definitions.get(name) ?? []), value])
  }

  #addSettlers(names: string[]): void {
    for (const name of names) this.#settlers.add(name)
  }
}

/** Whether a function calls nothing outside of a `try` whose `catch` reports. */
function isHarmless(fn: Node): boolean {
  const body = fn.body as Node
  if (body.type !== 'BlockStatement') return false
  const statements = body.body as Node[]
  return statements.every((one) => isReporting(one) || !mayThrow(one))
}

/** A `try` whose `catch` calls `reportFault`. */
function isReporting(node: Node): boolean {
  if (node.type !== 'TryStatement' || !node.handler) return false
  return find(node.handler as Node, (one) => calleeOf(one) === 'reportFault') !== null
}

function mayThrow(statement: Node): boolean {
  const calls = ['CallExpression', 'NewExpression', 'AwaitExpression', 'ThrowStatement']
  return find(statement, ({ type }) => calls.includes(type)) !== null
}
