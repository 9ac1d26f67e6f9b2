import { createAdvancedClient, withHTTPClient, withProfile } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { camelCase } from '#components/code/sdk-literal.ts'
import { FAIRLEAD_API, LOAD_BALANCER_API } from '#lib/control-plane/http/app.ts'
import { matchesSearch } from '#lib/core/fold-case.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import type { ApiDocument } from './api-document.ts'
import { exampleBody } from './example-body.ts'
import { type ReferenceView, referenceOf } from './reference.ts'
import type { SchemaView } from './schema-view.ts'

let controlPlane: RunningControlPlane
let document: ApiDocument
let reference: ReferenceView

beforeAll(async () => {
  controlPlane = await runControlPlane()
  document = (await controlPlane.call('GET', '/fairlead/v1/openapi.json')).body
  reference = referenceOf(document, 'http://127.0.0.1:3001')
})
afterAll(() => controlPlane.stop())

const calls = () => reference.groups.flatMap((group) => group.calls)

test('every call is listed once, by resource, and no call by zone', () => {
  const operations = Object.entries(document.paths)
    .filter(([path]) => !path.includes('{zone}'))
    .flatMap(([, methods]) => Object.values(methods))
  expect(
    calls()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(operations.map((one) => one.operationId).sort())
  expect(reference.groups.map(({ name }) => name)).toEqual(document.tags.map(({ name }) => name))
  expect(reference.groups[0]?.calls[0]).toMatchObject({
    id: 'get-lbs',
    method: 'GET',
    path: '/lb/v1/regions/{region}/lbs',
    response: { status: '200' },
    errors: [{ status: '400' }, { status: '401' }, { status: '403' }],
  })
})

test('anchors are unique, and every named object is described', () => {
  const anchors = [...reference.groups, ...calls(), ...reference.objects].map(({ id }) => id)
  expect(new Set(anchors).size).toBe(anchors.length)
  const known = reference.objects.map(({ name }) => name)
  const named = (view: SchemaView): string[] => [
    ...(view.object ? [view.object] : []),
    ...[...view.fields, ...view.variants].flatMap(named),
  ]
  const views = [
    ...calls().flatMap(({ body, response }) => [body, response.schema]),
    ...reference.objects.map(({ schema }) => schema),
  ]
  const links = views.flatMap((view) => (view ? named(view) : []))
  expect(links).toContain('Lb')
  expect(links.filter((name) => !known.includes(name))).toEqual([])
})

test('every example body is valid', () => {
  const endpoints = [
    ...LOAD_BALANCER_API.flatMap(([, some]) => some).map((one) => ({
      ...one,
      path: `/lb/v1/regions/{region}${one.path}`,
    })),
    ...FAIRLEAD_API.flatMap(([, some]) => some).map((one) => ({
      ...one,
      path: `/fairlead/v1${one.path}`,
    })),
  ]
  const withBody = endpoints.filter(({ body }) => body)
  expect(withBody.length).toBeGreaterThan(10)
  for (const { method, path, body } of withBody) {
    const schema = document.paths[path]?.[method]?.requestBody?.content['application/json']?.schema
    const example = exampleBody(schema ?? {}, document.components.schemas)
    const { error } = body?.safeParse(example) ?? {}
    expect([method, path, example, error?.issues]).toEqual([method, path, example, undefined])
  }
})

test.each([
  ['lbs get', true],
  ['BALANCERS', true],
  ['', true],
  ['lbs backends', false],
])('the filter %j finds a call: %j', (text, found) => {
  expect(matchesSearch('GET /lb/v1/regions/{region}/lbs List load balancers', text)).toBe(found)
})

test("every call of Scaleway's API has an SDK example that sends the same request as the curl example", async () => {
  const sent: { request: string; body: unknown }[] = []
  const httpClient: typeof fetch = async (input, options) => {
    const request = new Request(input, options)
    const { pathname } = new URL(request.url)
    const text = await request.text()
    const regional = pathname.replace('/zones/fr-par-1/', '/regions/fr-par/')
    sent.push({ request: `${request.method} ${regional}`, body: text ? JSON.parse(text) : null })
    return Response.json({ lbs: [], total_count: 0 })
  }
  const keys = { accessKey: 'SCWTESTTESTTESTTEST1', secretKey: crypto.randomUUID() }
  const settings = { ...keys, defaultZone: 'fr-par-1', defaultProjectId: crypto.randomUUID() }
  const api = new Lbv1.ZonedAPI(
    createAdvancedClient(withProfile(settings), withHTTPClient(httpClient)),
  )
  // Older paths of calls that the SDK sends to newer ones.
  const older = /\/(private-networks\/\{\w+\}\/(attach|detach)|lb\/subscriber\/\{id\})$/
  const scaleways = calls().filter(({ path }) => path.startsWith('/lb/v1/') && !older.test(path))
  expect(scaleways.length).toBeGreaterThan(20)
  for (const { method, path, sdk, curl } of scaleways) {
    const ids = [...curl.matchAll(/\$(\w+_ID)/g)].map(([, name = '']) => name)
    const variables = ids.map((name) => camelCase(name.toLowerCase()))
    const run = new Function('api', ...variables, `return (async () => {${sdk}})()`)
    expect([method, path, sdk]).not.toContain(null)
    // The SDK fails on the fake response, but only the request matters.
    await run(api, ...ids).catch(() => undefined)
    const [, address = ''] = /^curl "[^/]+\/\/[^/]+(\/[^"]*)"/.exec(curl) ?? []
    const last = sent.pop()
    expect(last?.request).toBe(`${method} ${address.replaceAll('$', '')}`)
    const [, data] = /--data '([\s\S]*)'$/.exec(curl) ?? []
    if (data) expect(last?.body).toMatchObject(JSON.parse(data))
  }
})
