import type { ApiDocument, Operation, Schema } from './api-document.ts'
import { curlExample } from './curl-example.ts'
import { exampleBody } from './example-body.ts'
import { type FieldView, fieldOf, type SchemaView, viewOf } from './schema-view.ts'
import { sdkExample } from './sdk-example.ts'

export type CallView = {
  /** Its anchor on the page: `get-lbs`. */
  id: string
  method: string
  path: string
  summary: string
  parameters: FieldView[]
  body: SchemaView | null
  response: { status: string; schema: SchemaView | null }
  errors: { status: string; description: string }[]
  curl: string
  /** The call with Scaleway's SDK; null if the SDK lacks it. */
  sdk: string | null
  /** Whether its response is an event stream, which the page can't try. */
  isStream: boolean
}
export type GroupView = { id: string; name: string; description: string; calls: CallView[] }
export type ObjectView = { id: string; name: string; description: string; schema: SchemaView }
export type ReferenceView = { version: string; groups: GroupView[]; objects: ObjectView[] }

/** The reference of the API. Calls by zone are left out, because they equal those by region. */
export function referenceOf(document: ApiDocument, apiUrl: string): ReferenceView {
  const objects = document.components.schemas
  const calls = Object.entries(document.paths)
    .filter(([path]) => !path.includes('{zone}'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        tag: operation.tags[0],
        call: callOf(method.toUpperCase(), path, operation, { objects, apiUrl }),
      })),
    )
  const groups = document.tags.map(({ name, description }) => ({
    id: slug(name),
    name,
    description,
    calls: calls.filter(({ tag }) => tag === name).map(({ call }) => call),
  }))
  return {
    version: document.info.version,
    groups: groups.filter((group) => group.calls.length > 0),
    objects: Object.keys(objects)
      .sort()
      .map((name) => objectOf(name, objects[name] ?? {})),
  }
}

type Context = { objects: ApiDocument['components']['schemas']; apiUrl: string }

function callOf(
  method: string,
  path: string,
  { operationId, summary, parameters = [], requestBody, responses }: Operation,
  { objects, apiUrl }: Context,
): CallView {
  const body = requestBody && Object.values(requestBody.content)[0]?.schema
  const [status = '200', success] =
    Object.entries(responses).find(([one]) => one.startsWith('2')) ?? []
  const [mediaType, content] = Object.entries(success?.content ?? {})[0] ?? []
  const example = body && exampleBody(body, objects)
  const isStream = mediaType === 'text/event-stream'
  return {
    id: operationId,
    method,
    path,
    summary,
    parameters: parameters.map((one) => ({
      ...fieldOf(one.name, one.schema, one.required ?? false),
      description: one.description ?? one.schema.description ?? '',
    })),
    body: body ? viewOf(body) : null,
    response: { status, schema: content ? viewOf(content.schema) : null },
    errors: Object.entries(responses)
      .filter(([one]) => one.startsWith('4'))
      .map(([one, { description }]) => ({ status: one, description })),
    curl: curlExample({ apiUrl, method, path, body: example, isStream }),
    sdk: sdkExample({ method, path, body: example }),
    isStream,
  }
}

function objectOf(name: string, schema: Schema): ObjectView {
  return { id: objectId(name), name, description: schema.description ?? '', schema: viewOf(schema) }
}

/** The anchor of an object's description. */
export function objectId(name: string): string {
  return `object-${name}`
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-')
}
