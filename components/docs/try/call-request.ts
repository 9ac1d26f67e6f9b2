import type { ApiDocument, Operation, Parameter } from '../api-document.ts'
import { exampleBody } from '../example-body.ts'
import { idName } from '../id-names.ts'

/** A call with the inputs of its form. */
export type CallForm = {
  method: string
  path: string
  summary: string
  /** The parameters of path and query, and `If-Match` for calls that change an existing object. */
  inputs: CallInput[]
  /** An example of the body, as text; null for a call without a body. */
  body: string | null
}
export type CallInput = {
  name: string
  /** Its name, but `backend_id` for the `id` of a backend. */
  label: string
  in: Parameter['in']
  required: boolean
  description: string
  /** The values to choose from; empty for free text. */
  values: string[]
}

const IF_MATCH: CallInput = {
  name: 'If-Match',
  label: 'If-Match',
  in: 'header',
  required: false,
  description: 'The ETag of the version that you know. If it has changed since, nothing is done.',
  values: [],
}

/** Finds a call in the API's description by its `operationId`. */
export function findCall(document: ApiDocument, id: string): CallForm | null {
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
): CallForm {
  const schema = requestBody && Object.values(requestBody.content)[0]?.schema
  const inputs = parameters.map((parameter) => inputOf(parameter, path))
  const isChange = ['PUT', 'PATCH', 'DELETE'].includes(method) && path.includes('{id}')
  return {
    method,
    path,
    summary,
    inputs: isChange ? [...inputs, IF_MATCH] : inputs,
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

/** Whether a call deletes or interrupts something, so that it needs a confirmation. */
export function isDestructive({ method, path }: Pick<CallForm, 'method' | 'path'>): boolean {
  if (method === 'DELETE') return true
  return (
    /\/(drain|switchover|follow-database|restore|migrate|detach[\w-]*)$/.test(path) &&
    method !== 'GET'
  )
}

/** The errors by input; `body` is the body's. */
export function inputErrors(
  call: CallForm,
  values: Record<string, string>,
  body: string,
): Record<string, string> {
  const missing = call.inputs.filter(({ name, required }) => required && !values[name]?.trim())
  const errors = Object.fromEntries(
    missing.map(({ name, label }) => [name, `${label} is required.`]),
  )
  if (call.body === null) return errors
  try {
    JSON.parse(body)
    return errors
  } catch (error) {
    return { ...errors, body: `This is not JSON: ${(error as Error).message}` }
  }
}

/** The path with its query, and the headers. Empty values are left out. */
export function callRequest(call: CallForm, values: Record<string, string>) {
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
