import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { testPools } from '#lib/testing/control-plane/test-pools.ts'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { Authority } from '../../authority/authority.ts'
import { addressNumber } from '../../ip-pool.ts'
import type { Store } from '../../store/store.ts'
import { FreeAddresses } from './free-addresses.ts'

const NONE = new Set<number>()
const at = '2026-07-21T10:17:00Z'

const take = (store: Store, ...addresses: string[]) =>
  store.transaction(Authority.system, async (writer) => {
    for (const ip_address of addresses) {
      const address_number = addressNumber(ip_address)
      const owner = { organization_id: 'o', project_id: 'p', region: 'fr-par', zone: 'fr-par-1' }
      const row = { id: randomUUID(), ip_address, address_number, lb_id: null, ...owner }
      const times = { reverse: '', tags: [], created_at: at, updated_at: at }
      await writer
        .insertInto('ips')
        .values({ ...row, ...times } as never)
        .execute()
    }
  })

const release = (store: Store, address: string) =>
  store.transaction(Authority.system, async (writer) => {
    await writer.deleteFrom('ips').where('ip_address', '=', address).execute()
  })

const poolsOf = (text: string) => new FreeAddresses(testPools({ 'fr-par': text }))

describe('the lowest free address', () => {
  test.each([
    ['10.0.0.0/24', [], '10.0.0.1'],
    ['10.0.0.0/24', ['10.0.0.1', '10.0.0.2', '10.0.0.4'], '10.0.0.3'],
    ['10.0.0.0/30', ['10.0.0.1', '10.0.0.2'], null],
    ['10.0.0.0/30+10.9.0.0/30', ['10.0.0.1', '10.0.0.2'], '10.9.0.1'],
    ['10.9.0.0/30+10.0.0.0/30', ['10.9.0.1', '10.9.0.2', '10.0.0.1'], '10.0.0.2'],
    ['10.0.0.7/32', [], '10.0.0.7'],
    ['192.168.255.0/24', [], '192.168.255.1'],
  ])('of %s, where %j are taken, is %s', async (text, taken, lowest) => {
    const store = await openTestStore()
    await take(store, ...taken)
    expect(await poolsOf(text).lowest(store.reader, 'fr-par', NONE)).toBe(lowest)
    await store.close()
  })

  test('is none that is reserved, and it is one again that is reserved no more', async () => {
    const store = await openTestStore()
    const addresses = poolsOf('10.0.0.0/29')
    const reserved = new Set(['10.0.0.1', '10.0.0.3'].map(addressNumber))
    const lowest = (some: ReadonlySet<number>) => addresses.lowest(store.reader, 'fr-par', some)
    expect(await lowest(reserved)).toBe('10.0.0.2')
    await take(store, '10.0.0.2')
    expect(await lowest(reserved)).toBe('10.0.0.4')
    expect(await lowest(NONE)).toBe('10.0.0.1')
    await store.close()
  })

  test('is one that was released, also in a network before the last one', async () => {
    const store = await openTestStore()
    const addresses = poolsOf('10.9.0.0/30+10.0.0.0/29')
    const lowest = () => addresses.lowest(store.reader, 'fr-par', NONE)
    await take(store, '10.9.0.1', '10.9.0.2', '10.0.0.1', '10.0.0.2')
    expect(await lowest()).toBe('10.0.0.3')
    for (const released of ['10.0.0.1', '10.9.0.2']) {
      await release(store, released)
      addresses.released([{ address_number: addressNumber(released) }])
      expect(await lowest()).toBe(released)
    }
    await store.close()
  })

  test('is one that another control plane has released, when no other is left', async () => {
    const store = await openTestStore()
    const addresses = poolsOf('10.0.0.0/30')
    const lowest = () => addresses.lowest(store.reader, 'fr-par', NONE)
    await take(store, '10.0.0.1')
    expect(await lowest()).toBe('10.0.0.2')
    await take(store, '10.0.0.2')
    await release(store, '10.0.0.1')
    expect(await lowest()).toBe('10.0.0.1')
    await store.close()
  })
})
