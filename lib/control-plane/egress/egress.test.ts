import { expect, test } from 'vitest'
import { networksOf } from '#lib/core/networks.ts'
import { deniedMailServer, deniedWebhook, type Egress, isOutcomeVisible } from './egress.ts'

const egress = (networks?: string, changes: Partial<Egress> = {}): Egress => ({
  ownPorts: [3001],
  loopback: false,
  pools: [{ ranges: [{ first: 0x7f330001, last: 0x7f3300fe }] }],
  webhookNetworks: networks === undefined ? null : networksOf(networks.split(',')),
  ...changes,
})
const denied = (address: string, networks?: string, port = 443) =>
  deniedWebhook({ address, port }, egress(networks))

test('webhooks may have any address that servers may have', () => {
  expect(denied('8.8.8.8')).toBeNull()
  expect(denied('10.0.0.4')).toBeNull()
  expect(denied('127.0.0.1')).toContain('FAIRLEAD_LOOPBACK_SERVERS')
  expect(denied('64:ff9b::7f33:1')).toContain('highly available IP')
  expect(denied('169.254.169.254')).toContain('link-local')
})

test('webhooks are limited to the configured networks, for every spelling of an IPv4 address', () => {
  expect(denied('8.8.8.8', '10.0.0.0/8')).toContain('FAIRLEAD_WEBHOOK_NETWORKS')
  expect(denied('10.0.0.4', '192.0.2.0/24,10.0.0.0/8')).toBeNull()
  expect(denied('::ffff:10.0.0.4', '10.0.0.0/8')).toBeNull()
  expect(denied('64:ff9b::a00:4', '10.0.0.0/8')).toContain('FAIRLEAD_WEBHOOK_NETWORKS')
  expect(denied('2001:db8::1', '2001:db8::/32')).toBeNull()
})

test('a configured loopback network allows webhooks there, but not to Fairlead itself', () => {
  expect(denied('127.0.0.1', '127.0.0.1')).toBeNull()
  expect(denied('127.0.0.2', '127.0.0.1')).toContain('FAIRLEAD_LOOPBACK_SERVERS')
  expect(denied('127.0.0.1', '0.0.0.0/0')).toContain('FAIRLEAD_LOOPBACK_SERVERS')
  expect(denied('127.0.0.1', '127.0.0.0/8', 3001)).toContain('Fairlead itself listens there')
  expect(denied('127.51.0.1', '127.0.0.0/8')).toContain('highly available IP')
  expect(denied('169.254.169.254', '169.254.0.0/16')).toContain('link-local')
})

test('results are shown for public addresses and for configured private networks', () => {
  const isVisible = (address: string, networks?: string) =>
    isOutcomeVisible(address, egress(networks))
  expect(isVisible('8.8.8.8')).toBe(true)
  expect(isVisible('10.0.0.4')).toBe(false)
  expect(isVisible('127.0.0.1')).toBe(false)
  expect(isVisible('64:ff9b::a00:4')).toBe(false)
  expect(isVisible('10.0.0.4', '10.0.0.0/8')).toBe(true)
  expect(isVisible('10.0.0.4', '0.0.0.0/0')).toBe(false)
})

test('the mail server may have a loopback address, but not be Fairlead or a metadata service', () => {
  const mail = (address: string, port: number) => deniedMailServer({ address, port }, egress())
  expect(mail('127.0.0.1', 25)).toBeNull()
  expect(mail('127.0.0.1', 3001)).toContain('Fairlead itself listens there')
  expect(mail('127.51.0.1', 25)).toContain('highly available IP')
  expect(mail('100.100.100.200', 25)).toContain('metadata')
})
