import { expect, test } from 'vitest'
import * as z from 'zod'
import { requestSchemas, unboundedParts } from '#lib/testing/control-plane/request-schemas.ts'
import { FAIRLEAD_API, LOAD_BALANCER_API } from './app.ts'
import { IAM_ENDPOINTS } from './iam-endpoints.ts'

test('every list and every text of every request schema is bounded', async () => {
  const schemas = await requestSchemas()
  const names = schemas.map(({ name }) => name)
  // Requests of every sort are found: bodies, queries, those without a session, and those of Fairlead's own.
  expect(names).toEqual(
    expect.arrayContaining(['CreateLb', 'ListLbs', 'LogIn', 'ChangeRules', 'FollowEvents']),
  )
  expect(
    schemas.flatMap(({ name, schema }) => unboundedParts(schema).map((part) => [name, part])),
  ).toEqual([])
})

test('every list and every text in the schemas of endpoints is bounded', () => {
  const endpoints = [
    ...[...LOAD_BALANCER_API, ...FAIRLEAD_API].flatMap(([, some]) => some),
    ...IAM_ENDPOINTS,
  ]
  const described = endpoints.flatMap(({ method, path, body, query }) =>
    [body, query].flatMap((schema) =>
      schema ? unboundedParts(schema).map((part) => [method, path, part]) : [],
    ),
  )
  expect(described).toEqual([])
})

test('a list, a text and an unknown value without a limit are detected as unbounded', () => {
  const schema = z.object({
    names: z.array(z.string().max(3)),
    inner: z.array(z.object({ text: z.string(), id: z.guid(), kind: z.enum(['a']) })).max(2),
    any: z.unknown(),
    map: z.record(z.string(), z.int()),
    either: z.union([z.int(), z.string()]).nullish(),
    email: z.email(),
  })
  expect(unboundedParts(schema)).toEqual(['names', 'inner.0.text', 'any', 'map', 'either', 'email'])
})
