import { expect, test } from 'vitest'
import { parseLoopback, parseWebhookNetworks } from './egress.ts'
import { parseIpPools } from './ip-pools.ts'

const of = (text: string) => Object.values(parseIpPools(text))

test('loopback servers are allowed by default if all pools are loopback addresses', () => {
  expect(parseLoopback(undefined, of('fr-par=127.51.0.0/24'))).toBe(true)
  expect(parseLoopback(undefined, of('fr-par=127.51.0.0/24,nl-ams=203.0.113.0/28'))).toBe(false)
  expect(parseLoopback('allow', of('fr-par=203.0.113.0/28'))).toBe(true)
  expect(parseLoopback('refuse', of('fr-par=127.51.0.0/24'))).toBe(false)
  expect(() => parseLoopback('yes', [])).toThrow(
    'FAIRLEAD_LOOPBACK_SERVERS must be allow or refuse',
  )
})

test('webhook networks are IPv4 or IPv6, and unlimited by default', () => {
  expect(parseWebhookNetworks(undefined)).toBeNull()
  expect(parseWebhookNetworks(' ')).toBeNull()
  expect(parseWebhookNetworks('10.1.0.0/16, 192.0.2.7')).toEqual([
    [0x0a010000, 0x0a01ffff],
    [0xc0000207, 0xc0000207],
  ])
  expect(parseWebhookNetworks('fd00::/8')?.[0]?.[0]).toBe(0xfdn << 120n)
  expect(() => parseWebhookNetworks('10.0.0.0/33')).toThrow(
    'FAIRLEAD_WEBHOOK_NETWORKS: "10.0.0.0/33" is not a network. For example: 203.0.113.0/24,2001:db8::/32',
  )
})
