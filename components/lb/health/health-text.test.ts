import { expect, test } from 'vitest'
import { titleWithHealth } from './health-text.ts'

test.each([
  ['shop', 'failing', '● shop · Failing'],
  ['shop · Fairlead', 'no_servers', '● shop · No servers · Fairlead'],
  ['Frontend rules · shop · Fairlead', 'degraded', '● Frontend rules · shop · Degraded · Fairlead'],
  ['● shop · Failing · Fairlead', 'degraded', '● shop · Degraded · Fairlead'],
  ['● shop · Failing', 'healthy', 'shop'],
  ['● shop · Failing · Fairlead', 'healthy', 'shop · Fairlead'],
  ['Failing · Fairlead', 'healthy', 'Failing · Fairlead'],
] as const)('the title %s of a load balancer that is %s', (title, state, expected) => {
  expect(titleWithHealth(title, { state })).toBe(expected)
})
