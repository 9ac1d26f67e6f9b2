import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type JsonSchema, unbounded } from '#lib/testing/control-plane/request-schemas.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

type Parameter = {
  name: string
  in: string
  required?: boolean
  description?: string
  schema: object
}
type Operation = {
  operationId?: string
  summary?: string
  tags: string[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

let controlPlane: RunningControlPlane
// biome-ignore lint/suspicious/noExplicitAny: a document of any shape, which is what is tested.
let document: any
let operations: { path: string; method: string; operation: Operation }[]

beforeAll(async () => {
  controlPlane = await runControlPlane()
  document = (await controlPlane.call('GET', '/fairlead/v1/openapi.json')).body
  operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
})
afterAll(() => controlPlane.stop())

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(document))
  expect([validator.version, valid, errors]).toEqual(['3.1', true, undefined])
  const broken = { ...structuredClone(document), info: {} }
  expect((await new Validator().validate(broken)).valid).toBe(false)
})

test('exactly the parameters in each path are declared', () => {
  for (const { path, method, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const declared = (operation.parameters ?? []).filter((one) => one.in === 'path')
    expect([method, path, declared.map(({ name }) => name)]).toEqual([method, path, inPath])
    expect(declared.every(({ required }) => required)).toBe(true)
  }
})

test('every call has a unique ID, a summary, and a resource that the document describes', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toContain('get-lbs')
  expect(ids).toContain('put-zones-backends-id-healthcheck')
  expect(ids).toContain('get-fairlead-events')
  const resources = document.tags.map(({ name }: { name: string }) => name)
  for (const { operation } of operations) {
    expect(operation.operationId).toMatch(/^[a-z-]+$/)
    expect(operation.summary).toBeTruthy()
    expect(resources).toContain(operation.tags[0])
  }
})

test('every call has its response, and errors with the common error body', () => {
  const error = { schema: { $ref: '#/components/schemas/Error' } }
  for (const { path, operation } of operations) {
    const answers = Object.entries(operation.responses)
    expect(answers.filter(([status]) => status.startsWith('2'))).toHaveLength(1)
    const refusals = answers.filter(([status]) => status.startsWith('4'))
    expect(refusals.map(([status]) => status)).toContain('401')
    if (path.includes('{id}')) expect(refusals.map(([status]) => status)).toContain('404')
    for (const [, refusal] of refusals) {
      expect(refusal.content).toEqual({ 'application/json': error })
    }
  }
})

test('calls accept an API token or a session', () => {
  expect(document.security).toEqual([{ token: [] }, { session: [] }])
  expect(document.components.securitySchemes).toMatchObject({
    token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
    session: { type: 'http', scheme: 'bearer' },
  })
})

test('every object has one schema, and every reference resolves', () => {
  const names = Object.keys(document.components.schemas)
  expect(names).toEqual(expect.arrayContaining(['Lb', 'Ip', 'Backend', 'Frontend', 'Error']))
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, to]) => to,
  )
  const known = names.map((name) => `#/components/schemas/${name}`)
  expect(references.filter((to) => !known.includes(to as string))).toEqual([])
})

type Schema = {
  type?: string | string[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  items?: Schema
  minimum?: number
  maximum?: number
  enum?: unknown[]
  description?: string
  $ref?: string
}

/** The numbers of a request, by their path. */
function numbersOf(schema: Schema, path = ''): [string, Schema][] {
  const { $ref, properties = {}, items, anyOf = [] } = schema
  if ($ref) return numbersOf(document.components.schemas[$ref.split('/').at(-1) as string], path)
  const types = [schema, ...anyOf].flatMap(({ type = [] }) => type)
  const isNumber = types.includes('integer') || types.includes('number')
  return [
    ...(isNumber && !schema.enum ? [[path, schema] as [string, Schema]] : []),
    ...Object.entries(properties).flatMap(([name, one]) => numbersOf(one, `${path}.${name}`)),
    ...(items ? numbersOf(items, `${path}[]`) : []),
  ]
}

test('every number of a request has its limits', () => {
  const silent = operations.flatMap(({ path, operation }) => {
    const schema = operation.requestBody?.content['application/json']?.schema ?? {}
    return numbersOf(schema)
      .filter(([, { minimum, maximum }]) => minimum === undefined || maximum === undefined)
      .filter(
        ([name, { description = '' }]) => !/_id$/.test(name) && !/\d+ to \d+/.test(description),
      )
      .map(([name]) => `${path} ${name}`)
  })
  expect(silent).toEqual([])
})

test('page and page_size of every list are integers with their limits', () => {
  const paging = operations.flatMap(({ operation }) =>
    (operation.parameters ?? []).filter(({ name }) => /^page(_size)?$/.test(name)),
  )
  expect(paging.length).toBeGreaterThan(40)
  for (const { name, schema } of paging) {
    const limits = name === 'page' ? { minimum: 1 } : { minimum: 1, maximum: 100 }
    expect(schema).toMatchObject({ type: 'integer', ...limits })
  }
})

test('every query parameter of the load balancer API has a description', () => {
  const described = operations.filter(({ path }) => path.startsWith('/lb/v1/'))
  const silent = described.flatMap(({ path, operation }) =>
    (operation.parameters ?? [])
      .filter((one) => one.in === 'query' && !one.description)
      .map(({ name }) => `${path} ${name}`),
  )
  expect(silent).toEqual([])
})

test('every list and text of a request is described with its limit', () => {
  const resolved = (schema: unknown): JsonSchema =>
    JSON.parse(JSON.stringify(schema), (_key, value) =>
      value?.$ref ? resolved(document.components.schemas[value.$ref.split('/').at(-1)]) : value,
    )
  const missing = operations.flatMap(({ method, path, operation }) => {
    const { requestBody, parameters = [] } = operation
    const body = requestBody?.content['application/json']?.schema
    const query = parameters.filter((one) => one.in === 'query')
    return [
      ...(body ? unbounded(resolved(body), '') : []),
      ...query.flatMap(({ name, schema }) => unbounded(resolved(schema), name)),
    ].map((part) => `${method} ${path} ${part}`)
  })
  expect(missing).toEqual([])
  const rules = document.paths['/fairlead/v1/lbs/{id}/rules'].patch.requestBody
  expect(resolved(rules.content['application/json'].schema)).toMatchObject({
    properties: { backends: { maxItems: 200 }, new_frontends: { maxItems: 200 } },
  })
})
