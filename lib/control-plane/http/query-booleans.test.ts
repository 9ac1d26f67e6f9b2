import { expect, test } from 'vitest'
import type * as z from 'zod'
import { FAIRLEAD_API, LOAD_BALANCER_API } from './app.ts'
import { IAM_ENDPOINTS } from './iam-endpoints.ts'

/** Every parameter of a query that is a boolean: it takes `true` and nothing that isn't one. */
function booleans(): { name: string; parameter: z.ZodType }[] {
  const groups = [...LOAD_BALANCER_API, ...FAIRLEAD_API, ['', IAM_ENDPOINTS] as const]
  const queries = groups.flatMap(([, endpoints]) =>
    endpoints.map(({ path, query }) => ({ path, query })),
  )
  return queries.flatMap(({ path, query }) =>
    Object.entries<z.ZodType>(query?.shape ?? {})
      .filter(([, field]) => field.safeParse('true').success && !field.safeParse('perhaps').success)
      .map(([name, parameter]) => ({ name: `${path}?${name}`, parameter })),
  )
}

test('every boolean in a query accepts true, false, 1 and 0 in any case, and nothing else', () => {
  const found = booleans()
  expect(found.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['/lbs/{id}?release_ip', '/lbs/{id}/restore?dry_run']),
  )
  for (const { name, parameter } of found) {
    const read = (text: string) => [name, text, parameter.safeParse(text).data]
    for (const text of ['true', 'True', 'TRUE', '1']) expect(read(text)).toEqual([name, text, true])
    for (const text of ['false', 'False', '0']) expect(read(text)).toEqual([name, text, false])
    for (const text of ['', 'yes', '2', 'tru', ' true'])
      expect(read(text)).toEqual([name, text, undefined])
  }
})
