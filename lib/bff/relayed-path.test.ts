import { expect, test } from 'vitest'
import { isRelayed } from './relayed-path.ts'

test.each([
  ['/lb/v1/regions/fr-par/lbs', true],
  ['/lb/v1/zones/nl-ams-1/lbs/c0f1a5b0-0000-4000-8000-000000000000', true],
  ['/fairlead/v1/lbs', true],
  ['/fairlead/v1/sessions-overview', true],
  ['/fairlead/v1/session', false],
  ['/fairlead/v1/session/current', false],
  ['/fairlead/v1/sessions', true],
  ['/fairlead/v1/accounts', true],
  ['/fairlead/v1/account/password', false],
  ['/fairlead/v1/invitation/accept', false],
  ['/fairlead/v1/setup', false],
  ['/fairlead/v1/', false],
  ['/nodes/v1/config', false],
  ['/healthz', false],
  ['/lb/v1', false],
  ['/lb/v1/../../nodes/v1/config', false],
  ['/lb/v1/..%2f..%2fnodes', false],
  ['/lb/v1/%2e%2e/x', false],
  ['/fairlead/v1//session', false],
  ['/fairlead/v1/./session', false],
  ['/lb/v1/a\\b', false],
  ['/lb/v1/x?y', false],
])('%s: %s', (path, relayed) => {
  expect(isRelayed(path)).toBe(relayed)
})
