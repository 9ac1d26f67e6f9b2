import { expect, test } from 'vitest'
import type { Certificate } from '#lib/core/certificate.ts'
import { certificateState, colonPairs, isIssued } from './certificate-text.ts'

const NOW = Date.parse('2030-06-15T12:00:00Z')
const CERTIFICATE = {
  status: 'ready',
  not_valid_before: '2030-01-01T00:00:00Z',
  not_valid_after: '2031-01-01T00:00:00Z',
} as Certificate

test.each<[Partial<Certificate>, string]>([
  [{}, 'Valid'],
  [{ status: 'error' }, 'Error'],
  [{ status: 'pending', not_valid_after: '0001-01-01T00:00:00Z' }, 'Requested'],
  [{ not_valid_before: '2030-07-01T00:00:00Z' }, 'Not valid yet'],
  [{ not_valid_after: '2030-06-15T00:00:00Z' }, 'Expired'],
  [{ not_valid_after: '2030-06-15T12:00:00Z' }, 'Expired'],
  [{ not_valid_after: '2030-06-16T00:00:00Z' }, 'Expires within a day'],
  [{ not_valid_after: '2030-06-16T13:00:00Z' }, 'Expires in 1 day'],
  [{ not_valid_after: '2030-07-10T13:00:00Z' }, 'Expires in 25 days'],
])('%j: %s', (change, label) => {
  expect(certificateState({ ...CERTIFICATE, ...change }, NOW).label).toBe(label)
})

test('a failed request is not an issued certificate, and a fingerprint is in pairs', () => {
  expect(isIssued({ not_valid_after: '0001-01-01T00:00:00Z' })).toBe(false)
  expect(isIssued(CERTIFICATE)).toBe(true)
  expect(colonPairs('0aff12')).toBe('0A:FF:12')
})
