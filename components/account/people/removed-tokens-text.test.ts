import { expect, test } from 'vitest'
import type { ApiToken } from '#lib/core/api-token.ts'
import { removedTokensText } from './removed-tokens-text.ts'

const token = (name: string, ownerId = 'bob'): ApiToken => ({
  access_key: name,
  name,
  scope: 'full',
  owner: { id: ownerId, email: `${ownerId}@example.com`, state: 'active' },
  state: 'active',
  networks: [],
  created_at: '2026-01-01T00:00:00Z',
  created_by: null,
  last_used_at: null,
  expires_at: null,
  from_settings: false,
})

test.each([
  [undefined, 'Their API tokens stop working.'],
  [[token('hers', 'ada'), { ...token('none'), owner: null }], 'They have no API tokens.'],
  [
    [token('deploy'), token('hers', 'ada')],
    'Their API token “deploy” stops working. Hand it over first if programs use it.',
  ],
  [
    ['a', 'b', 'c', 'd', 'e'].map((name) => token(name)),
    'Their API tokens “a”, “b”, “c” and 2 more stop working. Hand them over first if programs use them.',
  ],
])('%#', (tokens, text) => {
  expect(removedTokensText(tokens, { id: 'bob' })).toBe(text)
})
