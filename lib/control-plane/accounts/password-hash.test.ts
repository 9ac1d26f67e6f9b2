import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password-hash.ts'

test('a hash matches its password and no other', async () => {
  const long = 'x'.repeat(127)
  const hash = await hashPassword(`${long}a`)
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=4\$/)
  expect(await verifyPassword({ hash, password: `${long}a` })).toBe(true)
  expect(await verifyPassword({ hash, password: `${long}b` })).toBe(false)
  expect(await hashPassword(`${long}a`)).not.toBe(hash)
  expect(await verifyPassword({ hash: 'plain', password: 'plain' })).toBe(false)
})
