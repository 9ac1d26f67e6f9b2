import type { FieldPath, FieldValues } from 'react-hook-form'
import type * as z from 'zod'
import type { ValidationError } from '#lib/client/api-error.ts'

/** A value of a request, with the input that it was typed in. */
export class RequestField<Value> {
  readonly value: Value
  /** The input's name: "backends.0.port". */
  readonly input: string
  /** What names an item of a list that one input holds, such as "Line 3". */
  readonly itemLabel: ((index: number) => string | undefined) | undefined

  constructor(value: Value, input: string, itemLabel?: (index: number) => string | undefined) {
    this.value = value
    this.input = input
    this.itemLabel = itemLabel
  }
}

/** The request that a tree of fields stands for. */
export type RequestOf<Tree> =
  Tree extends RequestField<infer Value>
    ? Value
    : Tree extends readonly (infer Item)[]
      ? RequestOf<Item>[]
      : Tree extends object
        ? { [Name in keyof Tree]: RequestOf<Tree[Name]> }
        : Tree

/**
 * Makes the fields of a form whose inputs hold `Values`. A tree of them, in the shape of the request, is both the request
 * (`requestOf`) and the map from the API's invalid fields to inputs (`matchErrors`).
 * @param prefix where the values are in the form: "backends.0."
 */
export function fieldsOf<Values extends FieldValues>(prefix = '') {
  return <const Value>(
    input: FieldPath<Values>,
    value: Value,
    itemLabel?: (index: number) => string | undefined,
  ) => new RequestField(value, prefix + input, itemLabel)
}

/** The request that a tree of fields stands for. */
export function requestOf<Tree>(tree: Tree): RequestOf<Tree>
export function requestOf(tree: unknown): unknown {
  if (tree instanceof RequestField) return tree.value
  if (Array.isArray(tree)) return tree.map((item) => requestOf(item))
  if (typeof tree !== 'object' || tree === null) return tree
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, requestOf(value)]))
}

/**
 * The fields with the values of another body, whose other values are added: for a form that keeps what its inputs don't
 * show.
 */
export function withBody<Body extends object>(
  tree: unknown,
  body: Body,
): { [Name in keyof Body]: RequestField<Body[Name]> }
export function withBody(tree: unknown, body: unknown): unknown {
  if (tree instanceof RequestField) return new RequestField(body, tree.input, tree.itemLabel)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const fields = new Map(childrenOf(tree))
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, withBody(fields.get(name), value)]),
  )
}

const childrenOf = (tree: unknown): [string, unknown][] =>
  typeof tree === 'object' && tree !== null ? Object.entries(tree) : []

function firstField(tree: unknown): RequestField<unknown> | null {
  if (tree instanceof RequestField) return tree
  for (const [, child] of childrenOf(tree)) {
    const field = firstField(child)
    if (field) return field
  }
  return null
}

/** The field at a path, and the rest of the path inside its value. An object is shown at its first field. */
function fieldAt(
  tree: unknown,
  path: readonly string[],
): { field: RequestField<unknown>; rest: readonly string[] } | null {
  const [name, ...rest] = path
  if (tree instanceof RequestField) return { field: tree, rest: path }
  if (name === undefined) {
    const field = firstField(tree)
    return field && { field, rest: [] }
  }
  const child = childrenOf(tree).find(([own]) => own === name)
  return child ? fieldAt(child[1], rest) : null
}

/** The first error of each input, and the messages of errors without an input. */
export type MatchedErrors = { byInput: Map<string, string>; unmatched: string[] }

/** Finds the input of each invalid field. @param tree the fields of the request */
export function matchErrors(errors: readonly ValidationError[], tree: unknown): MatchedErrors {
  const matched: MatchedErrors = { byInput: new Map(), unmatched: [] }
  for (const { field: path, message } of errors) {
    const found = fieldAt(tree, path.split('.'))
    if (!found) {
      matched.unmatched.push(message)
      continue
    }
    const { field, rest } = found
    if (matched.byInput.has(field.input)) continue
    const label = rest[0] === undefined ? undefined : field.itemLabel?.(Number(rest[0]))
    matched.byInput.set(field.input, label === undefined ? message : `${label}: ${message}`)
  }
  return matched
}

/**
 * The invalid fields of a request.
 * @param schema null finds none
 * @param prefix where in the whole request the validated part is: "frontends.0."
 */
export function schemaErrors(
  schema: z.ZodType | null,
  request: unknown,
  prefix = '',
): ValidationError[] {
  return (schema?.safeParse(request).error?.issues ?? []).map(({ path, message }) => ({
    field: prefix + path.join('.'),
    message,
  }))
}

/** All fields of a tree with their paths in the request; items of lists without their index. */
export function declaredFields(tree: unknown, path = ''): { path: string; input: string }[] {
  if (tree instanceof RequestField) return [{ path, input: tree.input }]
  if (Array.isArray(tree)) return tree.flatMap((item) => declaredFields(item, path))
  return childrenOf(tree).flatMap(([name, inner]) =>
    declaredFields(inner, path === '' ? name : `${path}.${name}`),
  )
}
