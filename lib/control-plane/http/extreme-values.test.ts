import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiCall, callsAt, ownCalls } from '#lib/testing/control-plane/every-call.ts'
import { bodyOf, filled, furnish, type Ids } from '#lib/testing/control-plane/furnished.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'

// Databases refuse different values: texts with a NUL, and numbers that are too large for a column. Whatever a client sends, it is to
// get an answer and not an internal error.

const { key, certificate } = makeCertificate()
const CALLS = [...callsAt('regions/fr-par'), ...ownCalls()]
/** In a path or a query. */
const TEXTS = ['a%00b', `${2 ** 31}`, '99999999999999999999', 'x']
const BODY_TEXTS = ['a\0b', '\ud800']
const BODY_NUMBERS = [2 ** 31, Number.MAX_SAFE_INTEGER, -1, 1e300]

let controlPlane: RunningControlPlane
let ids: Ids
/** The query parameters of each call, by "get /path". */
const parameters = new Map<string, string[]>()

beforeAll(async () => {
  controlPlane = await runControlPlane()
  ids = await furnish(controlPlane, key + certificate)
  const { paths } = (await controlPlane.call('GET', '/fairlead/v1/openapi.json')).body
  for (const [path, operations] of Object.entries<Record<string, Operation>>(paths)) {
    for (const [method, { parameters: all = [] }] of Object.entries(operations)) {
      const inQuery = all.filter((one) => one.in === 'query').map(({ name }) => name)
      parameters.set(`${method} ${path}`, inQuery)
    }
  }
})
afterAll(() => controlPlane.stop())

type Operation = { parameters?: { in: string; name: string }[] }

async function statusOf({ method }: ApiCall, path: string, body?: unknown): Promise<string> {
  const sent = method === 'get' ? undefined : body
  const { status } = await controlPlane.call(method.toUpperCase(), path, sent)
  return `${status} ${method} ${path} ${JSON.stringify(sent) ?? ''}`
}

/** Bodies that each differ from a call's body in one value. */
function* changedBodies(body: unknown): Generator<unknown> {
  if (typeof body === 'string') yield* BODY_TEXTS
  else if (typeof body === 'number') yield* BODY_NUMBERS
  else if (body !== null && typeof body === 'object') {
    for (const [name, value] of Object.entries(body)) {
      for (const changed of changedBodies(value)) {
        const copy = structuredClone(body) as Record<string, unknown>
        copy[name] = changed
        yield copy
      }
    }
  }
}

const failed = (answers: string[]) => answers.filter((answer) => answer.startsWith('5'))

test('in a path get an answer', async () => {
  const answers: string[] = []
  for (const call of CALLS.filter(({ path }) => path.includes('{'))) {
    for (const text of TEXTS) {
      for (const parameter of call.path.match(/\{\w+\}/g) ?? []) {
        const path = filled({ path: call.path.replace(parameter, text) }, ids)
        answers.push(await statusOf(call, path, bodyOf(call.template, ids)))
      }
    }
  }
  expect(answers.length).toBeGreaterThan(200)
  expect(failed(answers)).toEqual([])
})

test('in a query get an answer', async () => {
  const answers: string[] = []
  for (const call of CALLS.filter(({ method }) => method === 'get')) {
    const own = call.path.replace('/regions/fr-par/', '/regions/{region}/')
    for (const name of parameters.get(`get ${own}`) ?? []) {
      for (const text of TEXTS)
        answers.push(await statusOf(call, `${filled(call, ids)}?${name}=${text}`))
    }
  }
  expect(answers.length).toBeGreaterThan(100)
  expect(failed(answers)).toEqual([])
})

test('in a body get an answer', async () => {
  const answers: string[] = []
  for (const call of CALLS.filter(({ method }) => method !== 'get' && method !== 'delete')) {
    for (const body of changedBodies(bodyOf(call.template, ids))) {
      answers.push(await statusOf(call, filled(call, ids), body))
    }
  }
  expect(answers.length).toBeGreaterThan(100)
  expect(failed(answers)).toEqual([])
})
