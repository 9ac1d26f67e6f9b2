import { expect, test } from 'vitest'
import { parseNodeAddress } from './node-address.ts'
import { readSettings } from './settings.ts'

test.each([
  ['10.0.0.1:3443', { host: '10.0.0.1', port: 3443 }],
  ['cp.example.com:65535', { host: 'cp.example.com', port: 65535 }],
  ['[2001:db8::1]:1', { host: '2001:db8::1', port: 1 }],
  ['0.0.0.0:3443', { host: '0.0.0.0', port: 3443 }],
  ['', null],
  [undefined, null],
])('%j is where nodes connect', (text, expected) => {
  expect(parseNodeAddress(text, [])).toEqual(expected)
})

test.each([
  '10.0.0.1',
  ':3443',
  '10.0.0.1:0',
  '10.0.0.1:65536',
  '999.1.1.1:3443',
  '10.0.1:3443',
  '2001:db8::1:3443',
  '[::g]:1',
  'a b:1',
])('%j is no address', (text) => {
  expect(() => parseNodeAddress(text, [])).toThrow(
    'FAIRLEAD_NODE_ADDRESS must be an address and a port. For example: 10.0.0.1:3443',
  )
})

test('its port is no other listener’s, and no server of a backend', () => {
  const read = (text: string) => readSettings({ FAIRLEAD_NODE_ADDRESS: text }, [])
  expect(() => read('10.0.0.1:3001')).toThrow('has the port 3001 of the console or the API')
  expect(read('10.0.0.1:3443').controlPlane.egress.ownPorts).toEqual([3001, 3000, 3443])
})
