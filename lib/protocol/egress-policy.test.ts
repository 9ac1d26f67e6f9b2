import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { deniedTarget, type EgressPolicy, isInternal } from './egress-policy.ts'

/** 203.0.113.1 to 203.0.113.14, and 127.31.0.1 to 127.31.0.254. */
const pools = [
  { ranges: [{ first: 0xcb007101, last: 0xcb00710e }] },
  { ranges: [{ first: 0x7f1f0001, last: 0x7f1f00fe }] },
]
const policy: EgressPolicy = { ownPorts: [3000, 3001], loopback: true, pools }
const reason = (address: string, port = 80, changes: Partial<EgressPolicy> = {}) =>
  deniedTarget({ address, port }, { ...policy, ...changes })

test.each(['169.254.169.254', '::ffff:a9fe:a9fe', '100.100.100.200', 'fd20:ce::254', '224.0.0.1'])(
  '%s is denied whatever the settings are',
  (address) => {
    expect(reason(address, 80, { ownPorts: [], pools: [] })).toMatch(
      new RegExp(`^Traffic to ${address.replaceAll('.', '\\.')} is not allowed: it is .+\\.$`),
    )
  },
)

test.each([
  '203.0.113.1',
  '203.0.113.14',
  '127.31.0.9',
  '::ffff:127.31.0.9',
  '64:ff9b::7f1f:9',
  '64:ff9b:1::7f1f:9',
  '2002:7f1f:9::1',
  '2001:0:808:808::80e0:fff6',
  '2001:db8::5efe:7f1f:9',
  '::ffff:0:7f1f:9',
  '::7f1f:9',
])('%s is a highly available IP', (address) => {
  expect(reason(address)).toContain('a highly available IP of this installation')
  expect(reason(address, 80, { pools: [] })).toBeNull()
})

describe('this machine', () => {
  const interfaces = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  const own = interfaces.map(({ address }) => address.split('%')[0] as string)

  test.each([
    ...new Set(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '64:ff9b:1::7f00:1', ...own]),
  ])('is denied on its own ports, by %s', (address) => {
    // An interface may have a link-local address, which is denied anyway.
    if (/^(fe80|169\.254)/.test(address)) return
    expect(reason(address, 3001)).toContain('Fairlead itself listens there')
    expect(reason(address, 3002)).toBeNull()
    expect(isInternal(address)).toBe(true)
  })

  test.each(['127.0.0.1', '::1', '64:ff9b::7f00:1', '2002:7f00:1::1'])(
    'is denied where the setting refuses it, by %s',
    (address) => {
      expect(reason(address, 80, { loopback: false })).toContain('FAIRLEAD_LOOPBACK_SERVERS')
      expect(reason(address)).toBeNull()
    },
  )
})

test.each(['10.0.0.4', '192.168.1.1', '203.0.113.200', '2001:db8::1', 'fd12::1'])(
  '%s is allowed, on any port',
  (address) => expect(reason(address, 3001, { loopback: false })).toBeNull(),
)
