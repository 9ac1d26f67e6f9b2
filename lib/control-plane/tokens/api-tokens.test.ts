import { expect, test } from 'vitest'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import type { Store } from '../store/store.ts'
import { ensureApiToken, hashOf } from './api-tokens.ts'

const accessKey = 'SCW12345678901234567'
const [first, second] = [
  '11111111-2222-4333-8444-555555555555',
  '66666666-7777-4888-8999-000000000000',
] as const

const keyOf = async (store: Store, secretKey: string) =>
  (
    await store.reader
      .selectFrom('api_tokens')
      .select('access_key')
      .where('secret_hash', '=', hashOf(secretKey))
      .executeTakeFirst()
  )?.access_key

test('a token is found by its secret key, and replaced by a new one', async () => {
  const store = await openTestStore()
  await ensureApiToken(store, { accessKey, secretKey: first })
  await ensureApiToken(store, { accessKey, secretKey: first })
  expect(await keyOf(store, first)).toBe(accessKey)
  await ensureApiToken(store, { accessKey, secretKey: second })
  expect(await keyOf(store, first)).toBeUndefined()
  expect(await keyOf(store, second)).toBe(accessKey)
  const renamed = { accessKey: 'SCW00000000000000000', secretKey: second }
  await ensureApiToken(store, renamed)
  expect(await keyOf(store, second)).toBe(renamed.accessKey)
  await store.close()
})
