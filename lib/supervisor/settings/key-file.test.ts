import { expect, test } from 'vitest'
import { keyFileOf } from './key-file.ts'

test('the key file is in the directory of the database, unless the setting has another path', () => {
  expect(keyFileOf({}, '/data/fairlead.db')).toBe('/data/secrets.key')
  const env = { FAIRLEAD_SECRETS_KEY_FILE: '/run/credentials/key' }
  expect(keyFileOf(env, '/data/fairlead.db')).toBe('/run/credentials/key')
})
