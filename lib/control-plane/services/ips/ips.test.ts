import { describe, expect, test } from 'vitest'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { testPools } from '#lib/testing/control-plane/test-pools.ts'

const PARIS = '/lb/v1/regions/fr-par'
const ADDRESS_OF = ({ body }: { body: { ip_address: string } }) => body.ip_address

describe('IPs', () => {
  test('are allocated from the lowest, and never twice', async () => {
    await using controlPlane = await runControlPlane()
    const create = (i: number) =>
      i % 2
        ? controlPlane.call('POST', `${PARIS}/ips`, {})
        : controlPlane.call('POST', `${PARIS}/lbs`, { name: 'x' })
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => create(i)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    const { body } = await controlPlane.call('GET', `${PARIS}/ips?page_size=100`)
    const addresses = body.ips.map((ip: { ip_address: string }) => ip.ip_address)
    expect(addresses).toEqual(Array.from({ length: 50 }, (_, i) => `127.51.0.${i + 1}`))
  })

  test('run out, with an error that says so', async () => {
    const pools = testPools({ 'fr-par': '10.0.0.0/30' })
    await using controlPlane = await runControlPlane({ pools })
    const create = (region = 'fr-par') =>
      controlPlane.call('POST', `/lb/v1/regions/${region}/ips`, {})
    const [first, second] = [await create(), await create()]
    expect([first, second].map(ADDRESS_OF)).toEqual(['10.0.0.1', '10.0.0.2'])
    const third = await create()
    expect([third.status, third.body.type, third.body.resource]).toEqual([
      412,
      'out_of_stock',
      'ip',
    ])
    expect(third.body.message).toContain('all 2 of 10.0.0.0/30 are in use')
    expect((await create('nl-ams')).body.message).toContain('has no address pool')
    const lb = await controlPlane.call('POST', `${PARIS}/lbs`, { name: 'x' })
    expect(lb.status).toBe(412)
    expect((await controlPlane.call('GET', `${PARIS}/lbs`)).body.total_count).toBe(0)

    await controlPlane.call('DELETE', `${PARIS}/ips/${first.body.id}`)
    expect(ADDRESS_OF(await create())).toBe('10.0.0.1')
  })

  test('of a small pool are each allocated once by 50 concurrent creates', async () => {
    const pools = testPools({ 'fr-par': '10.0.0.0/28+10.0.1.0/29' })
    await using controlPlane = await runControlPlane({ pools })
    const create = (i: number) =>
      i % 2
        ? controlPlane.call('POST', `${PARIS}/ips`, {})
        : controlPlane.call('POST', `${PARIS}/lbs`, { name: `lb ${i}` })
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => create(i)))
    const given = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status !== 200)
    const addresses = given.map(({ body }) => body.ip_address ?? body.ip[0].ip_address)
    expect([given.length, new Set(addresses).size, refused.length]).toEqual([20, 20, 30])
    const words =
      'No address is left in region fr-par: all 20 of 10.0.0.0/28+10.0.1.0/29 are in use. ' +
      "Release an IP, or extend the region's pool in FAIRLEAD_IP_POOLS."
    for (const { status, body } of refused) {
      expect([status, body.type, body.help_message]).toEqual([412, 'out_of_stock', words])
    }
    // Refused creates left nothing behind, and a released IP is allocated again.
    const kept = (await controlPlane.call('GET', `${PARIS}/lbs?page_size=100`)).body
    expect(kept.total_count).toBe(given.filter(({ body }) => body.ip).length)
    await controlPlane.call('DELETE', `${PARIS}/lbs/${kept.lbs[0].id}?release_ip=true`)
    const again = await Promise.all(Array.from({ length: 10 }, (_, i) => create(i)))
    const heirs = again.filter(({ status }) => status === 200).map(({ body }) => body)
    expect(heirs.map((body) => body.ip_address ?? body.ip[0].ip_address)).toEqual([
      kept.lbs[0].ip[0].ip_address,
    ])
  })

  test('are attached, kept when their load balancer is deleted, and attached again', async () => {
    await using controlPlane = await runControlPlane()
    const call = (method: string, path: string, body?: unknown) =>
      controlPlane.call(method, PARIS + path, body)
    const ip = (await call('POST', '/ips', { reverse: 'www.example.com', tags: ['a'] })).body
    const lb = (await call('POST', '/lbs', { name: 'one', ip_id: ip.id, ip_ids: [] })).body
    expect(lb.ip).toEqual([{ ...ip, lb_id: lb.id }])

    const again = await call('POST', '/lbs', { name: 'two', ip_ids: [ip.id] })
    expect([again.status, again.body.details[0]]).toEqual([
      400,
      {
        argument_name: 'ip_ids',
        help_message: `${ip.ip_address} is used by load balancer "one".`,
        reason: 'constraint',
      },
    ])
    const release = await call('DELETE', `/ips/${ip.id}`)
    expect([release.status, release.body.type]).toEqual([412, 'precondition_failed'])
    expect(release.body.help_message).toContain('"one"')

    const bare = (await call('POST', '/lbs', { name: 'bare', assign_flexible_ip: false })).body
    expect(bare.ip).toEqual([])
    expect((await call('PATCH', `/ips/${ip.id}`, { lb_id: bare.id })).status).toBe(400)
    await call('DELETE', `/lbs/${lb.id}?release_ip=false`)
    const attached = await call('PATCH', `/ips/${ip.id}`, { lb_id: bare.id })
    expect(attached.body).toMatchObject({ lb_id: bare.id, reverse: 'www.example.com', tags: ['a'] })
    expect((await call('GET', `/lbs/${bare.id}`)).body.ip).toEqual([attached.body])
    const other = (await call('POST', '/ips', {})).body
    const full = await call('PATCH', `/ips/${other.id}`, { lb_id: bare.id })
    expect(full.body.details[0].help_message).toContain('already has an IP')
    expect((await call('DELETE', `/ips/${other.id}`)).status).toBe(204)
  })

  test('keep omitted fields in an update', async () => {
    await using controlPlane = await runControlPlane()
    const ip = (await controlPlane.call('POST', `${PARIS}/ips`, { tags: ['a'] })).body
    const path = `${PARIS}/ips/${ip.id}`
    const patched = await controlPlane.call('PATCH', path, { reverse: 'a.example' })
    expect(patched.body).toEqual({ ...ip, reverse: 'a.example' })
    const wrong = await controlPlane.call('PATCH', path, { reverse: 'a b' })
    expect(wrong.body.details[0].argument_name).toBe('reverse')
    const missing = await controlPlane.call('PATCH', `${PARIS}/ips/${crypto.randomUUID()}`, {})
    expect([missing.status, missing.body]).toEqual([404, { message: 'ips not Found' }])
    const stale = await controlPlane.call(
      'PATCH',
      path,
      {},
      {
        'X-Auth-Token': '11111111-2222-4333-8444-555555555555',
        'If-Match': '"old"',
      },
    )
    expect(stale.status).toBe(412)
  })

  test('are listed by address, with filters', async () => {
    await using controlPlane = await runControlPlane()
    for (let i = 0; i < 11; i++) {
      await controlPlane.call('POST', `${PARIS}/ips`, { tags: i === 10 ? ['last'] : [] })
    }
    await controlPlane.call('POST', '/lb/v1/zones/nl-ams-1/ips', {})
    const addresses = async (path: string) =>
      (await controlPlane.call('GET', path)).body.ips.map(
        (ip: { ip_address: string }) => ip.ip_address,
      )
    expect((await addresses(`${PARIS}/ips`)).slice(-2)).toEqual(['127.51.0.10', '127.51.0.11'])
    expect(await addresses(`${PARIS}/ips?tags=last`)).toEqual(['127.51.0.11'])
    expect(await addresses(`${PARIS}/ips?ip_address=127.51.0.3`)).toEqual(['127.51.0.3'])
    expect(await addresses(`${PARIS}/ips?ip_type=ipv6`)).toEqual([])
    expect(await addresses('/fairlead/v1/ips?page_size=1')).toEqual(['127.31.0.1'])
  })
})
