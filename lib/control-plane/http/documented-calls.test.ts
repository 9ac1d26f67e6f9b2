import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const CALL = /`(GET|POST|PUT|PATCH|DELETE) (\/(?:fairlead|lb|iam|vpc|ipam)\/[^`?\s]+)`/g

let controlPlane: RunningControlPlane
let calls: string[]

/** A call without the names of its parameters: "GET /fairlead/v1/lbs/{}". */
const nameless = (method: string, path: string) =>
  `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`

beforeAll(async () => {
  controlPlane = await runControlPlane()
  const { body } = await controlPlane.call('GET', '/fairlead/v1/openapi.json')
  const described = Object.entries(body.paths as Record<string, object>)
  calls = [
    'GET /fairlead/v1/openapi.json',
    ...described.flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => nameless(method, path)),
    ),
  ]
})
afterAll(() => controlPlane.stop())

test('every call in the documentation exists', () => {
  const named = globSync('app/(console)/docs/*.md').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(CALL)].map(([, method = '', path = '']) =>
      nameless(method, path),
    ),
  )
  expect(named.length).toBeGreaterThan(20)
  expect([...new Set(named)].filter((call) => !calls.includes(call))).toEqual([])
})
