import { chmodSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LabHost } from '#lib/testing/network/lab-host.ts'
import { Bridge, whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { Probes } from '#lib/testing/network/probes.ts'

const missing = whyNoNamespaces()
describe.skipIf(missing)(missing ? `a helper (skipped: ${missing})` : 'a helper', () => {
  let bridge: Bridge
  let host: LabHost
  let stranger: LabHost

  beforeAll(async () => {
    bridge = new Bridge()
    host = new LabHost(bridge.add('a', '10.99.0.1'), 'a')
    stranger = new LabHost(bridge.add('s', '10.99.0.9'), 'a')
    await host.startHelper()
  })

  afterAll(async () => {
    await host.remove()
    await stranger.remove()
    bridge.remove()
  })

  function pairWithNobody() {
    const addresses = { own_address: '10.99.0.1', peer_address: '10.99.0.2' }
    return host.client.pair({ number: 1, own: 'a', ...addresses })
  }

  test('starts once in a run directory', async () => {
    await expect(host.spawnHelper().ended()).rejects.toThrow(
      `The network helper can't start: Another one listens on ${host.files.socket}.`,
    )
  })

  test.each([
    ['eth7', 'There is no interface eth7 on this host.'],
    ['lo', 'lo is not an Ethernet interface.'],
  ])('does not start on the interface %s', async (name, problem) => {
    await expect(stranger.spawnHelper('--interface', name).ended()).rejects.toThrow(problem)
  })

  test('does not start where others may change what keepalived runs with', async () => {
    const { directory } = stranger.files
    chmodSync(directory, 0o777)
    const inside = stranger.spawnHelper('--run-directory', `${directory}/run`)
    await expect(inside.ended()).rejects.toThrow(
      `${directory} must belong to root and not be writable by others.`,
    )
  })

  test('opens addresses without a carrier at once, and others when it owns theirs', async () => {
    const probes = new Probes(stranger.machine, stranger.machine)
    await pairWithNobody()
    const [open, shared] = ['10.99.1.1', '10.99.1.2']
    const carriage = { pair: 1, carrier: 'a' } as const
    const set = [
      { address: open, carriage: null },
      { address: shared, carriage },
    ]
    await host.client.addresses({ set })
    expect(await probes.answering(open)).toEqual([host.machine.mac])
    expect(await probes.answering(shared)).toEqual([])
    await host.client.health({ ok: true })
    await expect.poll(() => probes.answering(shared)).toEqual([host.machine.mac])
    await host.client.health({ ok: false })
    await expect.poll(() => probes.answering(shared)).toEqual([])
    // The other way round.
    await host.client.addresses({
      set: [
        { address: open, carriage },
        { address: shared, carriage: null },
      ],
    })
    expect(await probes.answering(open)).toEqual([])
    expect(await probes.answering(shared)).toEqual([host.machine.mac])
    await host.client.addresses({ set: [] })
    expect(await probes.answering(shared)).toEqual([])
  })

  test('owns both carriers of a pair whose other host is away', async () => {
    await pairWithNobody()
    expect(await host.stateOf('a')).not.toBe('owner')
    await host.client.health({ ok: true })
    await expect.poll(() => host.stateOf('a')).toBe('owner')
    await expect.poll(() => host.stateOf('b')).toBe('owner')
    expect(host.problems).toEqual([])
  })

  test('says so when another router uses the VRID', async () => {
    await stranger.startHelper()
    await stranger.client.pair({
      number: 1,
      own: 'a',
      own_address: '10.99.0.9',
      peer_address: '10.99.0.1',
    })
    await stranger.client.health({ ok: true })
    await expect.poll(() => host.problems.join()).toMatch('10.99.0.9 sends VRRP adverts with VRID')
    expect(await host.stateOf('a')).toBe('owner')
  })
})
