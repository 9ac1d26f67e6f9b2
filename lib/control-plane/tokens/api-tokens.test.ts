import { expect, test } from 'vitest'
import { Store } from '../store/store.ts'
import { ensureApiToken, findApiToken } from './api-tokens.ts'

const accessKey = 'SCW12345678901234567'
const [first, second] = [
  '11111111-2222-4333-8444-555555555555',
  '66666666-7777-4888-8999-000000000000',
] as const

test('a token is found by its secret, and a new pair replaces the old', async () => {
  const store = await Store.open(':memory:')
  await ensureApiToken(store, { accessKey, secretKey: first })
  await ensureApiToken(store, { accessKey, secretKey: first })
  expect((await findApiToken(store.reader, first))?.access_key).toBe(accessKey)
  await ensureApiToken(store, { accessKey, secretKey: second })
  expect(await findApiToken(store.reader, first)).toBeNull()
  expect((await findApiToken(store.reader, second))?.access_key).toBe(accessKey)
  const renamed = { accessKey: 'SCW00000000000000000', secretKey: second }
  await ensureApiToken(store, renamed)
  expect((await findApiToken(store.reader, second))?.access_key).toBe(renamed.accessKey)
  await store.close()
})
