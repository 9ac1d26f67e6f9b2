import { expect, test } from 'vitest'
import { forbiddenAddress, isLoopback } from './forbidden-address.ts'

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'ff02::1',
  'fd00:42::42',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  '::a9fe:a9fe',
])('%s is forbidden, and why is said', (address) => {
  expect(forbiddenAddress(address)).toMatch(/^is /)
})

test.each(['10.0.0.1', '127.0.0.1', '169.253.255.255', '::1', '2001:db8::1', 'fd00::1'])(
  '%s is not',
  (address) => expect(forbiddenAddress(address)).toBeNull(),
)

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['64:ff9b::7f00:1', true],
  ['128.0.0.1', false],
  ['2001:db8::1', false],
])('%s is loopback: %s', (address, is) => {
  expect(isLoopback(address)).toBe(is)
})
