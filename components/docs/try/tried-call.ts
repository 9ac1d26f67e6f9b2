import type { ApiDocument, Operation, Parameter } from '../api-document.ts'
import { exampleBody } from '../example-body.ts'
import { idName } from '../id-names.ts'

/** A call as the form has it. */
export type TriedCall = {
  method: string
  path: string
  summary: string
  /** What the path and the query take; `If-Match` too, of calls that change something that is there. */
  inputs: TriedInput[]
  /** A body to begin with, as text; null where none is sent. */
  body: string | null
}
export type TriedInput = {
  name: string
  /** Its label: an id's says of what. */
  label: string
  in: Parameter['in']
  required: boolean
  description: string
  /** What it may be, where that is a choice of few. */
  values: string[]
}

const IF_MATCH: TriedInput = {
  name: 'If-Match',
  label: 'If-Match',
  in: 'header',
  required: false,
  description: 'The ETag of the version that you know. If it has changed since, nothing is done.',
  values: [],
}

/** Finds a call in the API's description by its `operationId`. */
export function triedCall(document: ApiDocument, id: string): TriedCall | null {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId === id) {
        return callOf(document, method.toUpperCase(), path, operation)
      }
    }
  }
  return null
}

function callOf(
  document: ApiDocument,
  method: string,
  path: string,
  { summary, parameters = [], requestBody }: Operation,
): TriedCall {
  const schema = requestBody && Object.values(requestBody.content)[0]?.schema
  const inputs = parameters.map((parameter) => inputOf(parameter, path))
  const changes = ['PUT', 'PATCH', 'DELETE'].includes(method) && path.includes('{id}')
  return {
    method,
    path,
    summary,
    inputs: changes ? [...inputs, IF_MATCH] : inputs,
    body: schema ? JSON.stringify(exampleBody(schema, document.components.schemas), null, 2) : null,
  }
}

function inputOf({ name, schema, required, description, ...rest }: Parameter, path: string) {
  const one = schema.anyOf?.[0] ?? schema
  return {
    name,
    label: name === 'id' ? idName(path) : name,
    in: rest.in,
    required: required ?? false,
    description: description ?? schema.description ?? '',
    values: (one.enum ?? []).filter((value) => value !== null).map(String),
  }
}

/** What a request takes away, so that it has to be asked for twice. */
export function isDestructive({ method, path }: Pick<TriedCall, 'method' | 'path'>): boolean {
  if (method === 'DELETE') return true
  return (
    /\/(drain|switchover|follow-database|restore|migrate|detach[\w-]*)$/.test(path) &&
    method !== 'GET'
  )
}

/** What is wrong with what was typed, by the input's name; `body` for the body. */
export function triedProblems(
  call: TriedCall,
  values: Record<string, string>,
  body: string,
): Record<string, string> {
  const missing = call.inputs.filter(({ name, required }) => required && !values[name]?.trim())
  const problems = Object.fromEntries(
    missing.map(({ name, label }) => [name, `${label} is required.`]),
  )
  if (call.body === null) return problems
  try {
    JSON.parse(body)
    return problems
  } catch (error) {
    return { ...problems, body: `This is not JSON: ${(error as Error).message}` }
  }
}

/** The request's path with its query, and the headers that were typed. Values that are empty are left out. */
export function triedRequest(call: TriedCall, values: Record<string, string>) {
  const given = call.inputs.flatMap((input) => {
    const value = values[input.name]?.trim() ?? ''
    return value === '' ? [] : [{ ...input, value }]
  })
  const path = given
    .filter((one) => one.in === 'path')
    .reduce(
      (all, { name, value }) => all.replace(`{${name}}`, encodeURIComponent(value)),
      call.path,
    )
  const query = new URLSearchParams(
    given.filter((one) => one.in === 'query').map(({ name, value }) => [name, value]),
  )
  const headers = given.filter((one) => one.in === 'header').map(({ name, value }) => [name, value])
  return {
    path: query.size > 0 ? `${path}?${query}` : path,
    headers: Object.fromEntries(headers) as Record<string, string>,
  }
}
