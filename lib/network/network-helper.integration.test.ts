import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testAddresses } from '#lib/testing/network/lab-host.ts'
import { processesOf, whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { measureFault, type PairFault } from '#lib/testing/network/pair-faults.ts'
import { PairLab } from '#lib/testing/network/pair-lab.ts'

const ADDRESS = '10.99.1.1'
/** What users are promised is 250 ms. Other processes run on the test's CPUs. */
const GAP_MAX_MS = 500
/** Requests are asked every 2 ms: one that both answer is within it. */
const BOTH_MAX_MS = 2

const missing = whyNoNamespaces()
describe.skipIf(missing)(missing ? `takeovers (skipped: ${missing})` : 'takeovers', () => {
  let lab: PairLab

  beforeAll(async () => {
    lab = new PairLab()
    await lab.start()
    await lab.setAddresses([ADDRESS], 'a')
  })

  afterAll(() => lab.remove())

  function print(what: string, figures: object): void {
    process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`)
  }

  test('each host owns its own carrier, and hears the other', async () => {
    const [a, b] = await Promise.all([lab.a.client.status(), lab.b.client.status()])
    expect(a.carriers).toEqual([
      { pair: 1, carrier: 'a', state: 'owner' },
      { pair: 1, carrier: 'b', state: 'backup' },
    ])
    expect(b.carriers.map(({ state }) => state)).toEqual(['backup', 'owner'])
    expect(a.addresses).toEqual([{ address: ADDRESS, carriage: { pair: 1, carrier: 'a' } }])
    await expect.poll(() => lab.a.events.at(-1)).toEqual({ event: 'peer', pair: 1, heard: true })
    expect([a.problems, b.problems]).toEqual([[], []])
  })

  test.for<[PairFault, RegExp | null]>([
    ['host dies', null],
    ['keepalived is killed', /^adverts_stopped$/],
    ['keepalived is stopped, and goes on later', /^adverts_stopped$/],
    ['keepalived ends (SIGTERM)', /^given_up$|^adverts_stopped$/],
    ['node is not healthy', /^given_up$/],
  ])('%s: the other host takes over', async ([fault, how]) => {
    const owner = await lab.owner('a')
    const other = lab.other(owner)
    for (const host of [owner, other]) host.events.length = 0
    const { gapMs, bothMs, letters } = await measureFault(lab, fault, ADDRESS)
    const takeover = other.events.find(({ event }) => event === 'carrier')
    print(fault, { gapMs, bothMs, letters, takeover })
    expect(letters).toContain(other.cluster)
    expect(gapMs).toBeLessThan(GAP_MAX_MS)
    expect(bothMs).toBeLessThanOrEqual(BOTH_MAX_MS)
    const silence_ms = expect.any(Number)
    expect(other.events).toContainEqual(
      expect.objectContaining({ event: 'carrier', carrier: 'a', state: 'owner', silence_ms }),
    )
    if (how) {
      const loss = expect.objectContaining({ how: expect.stringMatching(how) })
      await expect
        .poll(() => owner.events, { timeout: 5000 })
        .toContainEqual(expect.objectContaining({ event: 'carrier', carrier: 'a', loss }))
    }
    await lab.setAddresses([ADDRESS], 'a')
  })

  test('a cable is pulled and plugged in again: the host with the higher priority answers, and only it', async () => {
    const owner = await lab.owner('a')
    const pulled = await lab.measure(ADDRESS, async () => lab.bridge.cut(owner.machine))
    const plugged = await lab.measure(ADDRESS, async () => lab.bridge.plug(owner.machine))
    print('cable', { pulledMs: pulled.gapMs, pluggedMs: plugged.gapMs, bothMs: plugged.bothMs })
    expect(pulled.letters).toBe(owner.cluster + lab.other(owner).cluster)
    expect(Math.max(pulled.gapMs, plugged.gapMs)).toBeLessThan(GAP_MAX_MS)
    expect(plugged.letters.at(-1)).toBe((await lab.owner('a')).cluster)
    // Both are owners until they have heard each other, which takes an interval, or a second if they have forgotten their MACs.
    expect(plugged.bothMs).toBeLessThan(1500)
  })

  test('another program removes all rules of nftables: the fence is back at once', async () => {
    const backup = lab.other(await lab.owner('a'))
    const { gapMs, bothMs } = await lab.measure(ADDRESS, async () => backup.flushRules())
    print('rules are flushed', { gapMs, bothMs })
    expect(gapMs).toBeLessThan(GAP_MAX_MS)
    await expect.poll(() => backup.hasFence()).toBe(true)
    await expect.poll(() => backup.problems).toEqual([])
  })

  test('the helper is killed and started again: nothing is disturbed, and it adopts everything', async () => {
    const owner = await lab.owner('a')
    const { id: _, ...before } = await owner.client.status()
    const pids = owner.keepalived()
    const figures = await measureFault(lab, 'network helper is killed', ADDRESS)
    print('network helper is killed', { gapMs: figures.gapMs })
    expect(figures.lost).toBe(0)
    expect(figures.letters).toBe(owner.cluster)
    expect(owner.keepalived()).toEqual(pids)
    expect(processesOf(owner.machine.namespace, /nft monitor/)).toHaveLength(1)
    await expect.poll(() => owner.client.status()).toMatchObject(before)
  })

  test('hand_over, there and back: no new connection is lost, and those in progress live', async () => {
    await lab.settle('a', lab.a)
    await lab.settle('b', lab.b)
    const gaps: number[] = []
    const kept = await lab.keepConnections(ADDRESS, 3, 5000, async () => {
      for (const to of [lab.b, lab.a, lab.b, lab.a]) {
        const { gapMs, lost, letters, bothMs } = await lab.measure(
          ADDRESS,
          () => lab.handOver([ADDRESS], to),
          800,
        )
        gaps.push(gapMs)
        expect(lost).toBe(0)
        expect(letters).toBe(lab.other(to).cluster + to.cluster)
        expect(bothMs).toBeLessThanOrEqual(5 * BOTH_MAX_MS)
      }
    })
    print('hand_over', { gaps, kept })
    expect(kept.map(({ problem, letters }) => ({ problem, letters }))).toEqual(
      kept.map(() => ({ problem: null, letters: 'a' })),
    )
  })

  test('1,000 addresses are added without disturbing another, and taken over together', async () => {
    const owner = await lab.owner('a')
    const addresses = testAddresses(1000)
    const carriage = { pair: 1, carrier: 'a' as const }
    const set = addresses.map((address) => ({ address, carriage }))
    const add = async () => {
      for (const { client } of [lab.a, lab.b]) await client.changeAddresses({ set, remove: [] })
    }
    const adding = await lab.measure(ADDRESS, add, 2000)
    expect(adding.lost).toBe(0)
    expect(adding.letters).toBe(owner.cluster)
    const last = addresses.at(-1) ?? ''
    const { gapMs, bothMs, letters } = await measureFault(lab, 'keepalived is killed', last)
    print('1,000 addresses', { addingMs: adding.gapMs, gapMs, bothMs })
    expect(letters).toContain(lab.other(owner).cluster)
    expect(gapMs).toBeLessThan(GAP_MAX_MS)
    expect(bothMs).toBeLessThanOrEqual(BOTH_MAX_MS)
    for (const { client } of [lab.a, lab.b]) {
      await client.changeAddresses({ set: [], remove: addresses })
    }
    expect((await owner.client.status()).addresses).toEqual([{ address: ADDRESS, carriage }])
  })

  test('hosts that lose each other both own the carrier, until one stands down', async () => {
    const owner = await lab.owner('a')
    const other = lab.other(owner)
    lab.part()
    await expect.poll(() => other.stateOf('a')).toBe('owner')
    await expect.poll(() => other.events.at(-1)).toMatchObject({ event: 'peer', heard: false })
    // Longer than the test waits: it ends when the owner is heard.
    await other.client.standDown({ pair: 1, carrier: 'a', for_ms: 60_000 })
    await expect.poll(() => other.stateOf('a')).toBe('fault')
    expect(await owner.stateOf('a')).toBe('owner')
    lab.meet()
    await expect.poll(() => other.stateOf('a')).toBe('backup')
    expect(await owner.stateOf('a')).toBe('owner')
  })

  test('a firewall that drops adverts is named, and only one host answers all the same', async () => {
    for (const host of [lab.a, lab.b]) host.dropAdverts()
    const advice = "Let this host's firewall accept protocol 112"
    for (const host of [lab.a, lab.b]) {
      await expect.poll(() => host.problems.join()).toContain(advice)
    }
    const { bothMs, lost } = await lab.measure(ADDRESS, async () => {}, 500)
    expect(lost).toBe(0)
    expect(bothMs).toBeLessThanOrEqual(BOTH_MAX_MS)
    for (const host of [lab.a, lab.b]) host.passAdverts()
    await expect.poll(() => [...lab.a.problems, ...lab.b.problems]).toEqual([])
    await lab.owner('a')
  })

  test('commands that would do harm are refused in words', async () => {
    const { client, machine } = lab.a
    const open = { carriage: null }
    await expect(client.addresses({ set: [{ address: '10.98.0.1', ...open }] })).rejects.toThrow(
      '10.98.0.1 is not in the networks that HA IPs come from.',
    )
    await expect(
      client.addresses({ set: [{ address: machine.address, ...open }] }),
    ).rejects.toThrow('10.99.0.1 is an address of eth0 on this host.')
    const elsewhere = { pair: 9, carrier: 'a' as const, peer: '10.99.0.2' }
    const arriving = { side: 'arriving' as const, addresses: [ADDRESS], ...elsewhere }
    await expect(client.handOver(arriving)).rejects.toThrow('not in a pair 9')
    await expect(client.unpair({ number: 1 })).rejects.toThrow('has 1 addresses')
    await expect(client.yieldCarrier({ pair: 1, carrier: 'a' })).rejects.toThrow('Hand them over')
    await expect(client.standDown({ pair: 1, carrier: 'a', for_ms: 1e9 })).rejects.toThrow(
      'refuses',
    )
    const pair = { number: 2, own: 'a', own_address: machine.address } as const
    await expect(client.pair({ ...pair, peer_address: '10.1.0.1' })).rejects.toThrow(
      'hosts of a pair must share a network',
    )
    await expect(
      client.pair({ ...pair, own_address: '10.99.0.77', peer_address: '10.99.0.2' }),
    ).rejects.toThrow('10.99.0.77 is not an address of eth0.')
  })

  test('shut_down leaves nothing behind', async () => {
    await lab.b.shutDown()
    expect(lab.b.leftovers()).toEqual([])
  })

  test('SIGUSR2 leaves nothing behind either', async () => {
    await lab.a.endHelper('SIGUSR2')
    expect(lab.a.leftovers()).toEqual([])
  })
})
