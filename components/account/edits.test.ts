import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Call,
  checkEdits,
  fieldsBy,
  newName,
  ok,
  someOf,
} from '#components/form/testing/edit-check.ts'
import type { ApiToken } from '#lib/core/api-token.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { type TokenValues, tokenPatch, tokenValues } from './token-values.ts'

const ADMIN = { email: 'ada@example.com', password: 'correct-horse-battery-9' }

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane({ admin: ADMIN })
})
afterAll(() => controlPlane.stop())

const call: Call = (...request) => controlPlane.call(...request)

test('editing an API token changes only the edited fields', async () => {
  const { token } = await ok<{ token: string }>(call, 'POST', '/fairlead/v1/session', ADMIN, {})
  const session = { Authorization: `Bearer ${token}` }
  const networks = ['203.0.113.0/24', '2001:db8::/32', '10.0.0.1', '127.0.0.0/8']
  const saved = await checkEdits<ApiToken, TokenValues>({
    create: () =>
      ok(call, 'POST', '/fairlead/v1/tokens', { name: newName(), networks: someOf(networks) }),
    read: async ({ access_key }) => {
      const { tokens } = await ok<{ tokens: ApiToken[] }>(call, 'GET', '/fairlead/v1/tokens')
      return tokens.find((one) => one.access_key === access_key) as ApiToken
    },
    valuesOf: tokenValues,
    isValid: () => true,
    save: (inputs, base) =>
      ok(
        call,
        'PATCH',
        `/fairlead/v1/tokens/${base.access_key}`,
        tokenPatch(inputs, base),
        session,
      ),
    fieldsOf: fieldsBy({ name: /^name$/, networks: /^networks/ }),
  })
  expect(saved).toBeGreaterThan(5)
})
