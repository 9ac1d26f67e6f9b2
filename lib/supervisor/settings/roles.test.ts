import { expect, test } from 'vitest'
import { checkHostSettings } from './host-settings.ts'
import { parseRoles, requireControlPlane } from './roles.ts'

test.each([
  [undefined, ['control-plane', 'console', 'node']],
  ['', ['control-plane', 'console', 'node']],
  ['control-plane', ['control-plane']],
  ['control-plane, console', ['control-plane', 'console']],
])('%j is %j', (text, roles) => {
  expect([...parseRoles(text)]).toEqual(roles)
})

test.each(['nodes', 'control-plane,', 'control-plane;node'])('%j is refused', (text) => {
  expect(() => parseRoles(text)).toThrow(
    /^FAIRLEAD_ROLES: ".*" is not a role\. The roles are control-plane, console, node\.$/,
  )
})

test('a machine that has not joined another one needs a control plane', () => {
  expect(() => requireControlPlane(parseRoles('control-plane'))).not.toThrow()
  for (const text of ['node', 'console', 'console,node']) {
    expect(() => requireControlPlane(parseRoles(text))).toThrow(
      /^FAIRLEAD_ROLES has no control-plane/,
    )
  }
})

test('a host that joins has its node only', () => {
  for (const FAIRLEAD_ROLES of [undefined, '', 'node', ' node ']) {
    expect(() => checkHostSettings({ FAIRLEAD_ROLES })).not.toThrow()
  }
  expect(() => checkHostSettings({ FAIRLEAD_ROLES: 'control-plane,node' })).toThrow(
    /^FAIRLEAD_ROLES must be "node" or unset on a host that joins\./,
  )
  expect(() => checkHostSettings({ FAIRLEAD_WORKERS: 'many' })).toThrow(/^FAIRLEAD_WORKERS/)
})
