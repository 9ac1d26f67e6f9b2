import { expect, test } from 'vitest'
import { curlExample } from './curl-example.ts'

const CALL = { apiUrl: 'http://127.0.0.1:3001', body: undefined, isStream: false }

test('a call without a body', () => {
  const path = '/lb/v1/regions/{region}/lbs/{id}/backends'
  expect(curlExample({ ...CALL, method: 'GET', path })).toBe(
    'curl "http://127.0.0.1:3001/lb/v1/regions/fr-par/lbs/$LB_ID/backends" \\\n' +
      '  --header "X-Auth-Token: $SCW_SECRET_KEY"',
  )
})

test('quotes in a body are escaped for the shell', () => {
  const body = { name: "Ada's" }
  expect(curlExample({ ...CALL, method: 'POST', path: '/tokens', body })).toBe(
    [
      'curl "http://127.0.0.1:3001/tokens"',
      '--request POST',
      '--header "X-Auth-Token: $SCW_SECRET_KEY"',
      '--header "Content-Type: application/json"',
      "--data '{\n  \"name\": \"Ada'\\''s\"\n}'",
    ].join(' \\\n  '),
  )
})

test('an event stream is not buffered', () => {
  expect(curlExample({ ...CALL, method: 'GET', path: '/events', isStream: true })).toContain(
    '--no-buffer',
  )
})
