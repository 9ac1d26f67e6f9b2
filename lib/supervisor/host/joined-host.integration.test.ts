import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { HostLab } from '#lib/testing/supervisor/host-lab.ts'
import { HostMachine } from '#lib/testing/supervisor/host-machine.ts'
import { waitFor } from '#lib/testing/wait.ts'

const NODES = '/fairlead/v1/nodes'
const HELPER = 'fairlead network'
const IN_ORDER = { tags: ['in-order'] }

const missing = whyNoNamespaces()
const titled = (name: string) => (missing ? `${name} (skipped: ${missing})` : name)

describe.skipIf(missing)(titled('hosts that join'), IN_ORDER, () => {
  let lab: HostLab
  let lb: { id: string; address: string }

  beforeAll(async () => {
    lab = new HostLab('control-plane')
    await lab.start()
  })
  afterAll(() => lab.remove())

  test('join with the command that the console shows', async () => {
    await Promise.all([lab.join(lab.a, 'a'), lab.join(lab.b, 'b')])
    expect(lab.a.output).toMatch(
      /Joined as lb-a, cluster a of fr-par\..*Fairlead node lb-a is ready/s,
    )
    const nodes = async () => (await lab.call('GET', NODES)).nodes
    await expect.poll(nodes).toMatchObject([
      { name: 'lb-a', address: '10.99.0.1', connected: true, problem: null },
      { name: 'lb-b', address: '10.99.0.2', connected: true, problem: null },
    ])
  })

  test('serve a load balancer whose HA IP both have', async () => {
    lb = await lab.createLb('shop')
    expect(await lab.isServed(lb.address)).toBe(true)
    expect([lab.a.haAddresses(), lab.b.haAddresses()]).toEqual([[lb.address], [lb.address]])
  })

  test('hand a load balancer over, and all of them for maintenance', async () => {
    const owner = async () => {
      const { nodes } = await lab.call('GET', NODES)
      return nodes.find((node: { active_lbs: number }) => node.active_lbs === 1)?.name
    }
    const from = await waitFor('an owner', owner)
    const to = from === 'lb-a' ? 'lb-b' : 'lb-a'
    const failover = await lab.call('POST', `/fairlead/v1/lbs/${lb.id}/switchover`, {})
    expect(failover).toMatchObject({ reason: 'planned', from: from.at(-1), to: to.at(-1) })
    await waitFor('the other owner', async () => (await owner()) === to)
    expect(await lab.isServed(lb.address)).toBe(true)
    const drained = await lab.call('POST', `${NODES}/${to}/drain`)
    expect(drained).toMatchObject({ failovers: [{ to: from.at(-1) }], problem: null })
    await waitFor('the former owner', async () => (await owner()) === from)
    await lab.call('POST', `${NODES}/${to}/undrain`)
    expect(await lab.isServed(lb.address)).toBe(true)
  })

  test('a supervisor that is killed leaves everything to the next one', async () => {
    const { a } = lab
    const before = a.processes().filter((title) => !title.includes('supervisor'))
    await a.end('SIGKILL')
    await a.start()
    expect(a.output).toMatch(/Adopted the running node\./)
    expect(a.processes()).toEqual(expect.arrayContaining(before))
    expect(await lab.isServed(lb.address)).toBe(true)
  })

  test('a network helper that is killed is started again, and disturbs nothing', async () => {
    const { a } = lab
    a.kill(HELPER)
    await waitFor('the next helper', () => a.processes().includes(HELPER))
    expect(await lab.isServed(lb.address)).toBe(true)
    expect(a.haAddresses()).toEqual([lb.address])
  })

  test('a host that is stopped leaves its addresses to the other', async () => {
    const { a, controlPlane } = lab
    await controlPlane.end()
    await a.end('SIGINT')
    expect([a.haAddresses(), a.tables(), a.processes()]).toEqual([[], '', []])
    expect(await lab.isServed(lb.address)).toBe(true)
  })

  test('a host starts while the control plane is away, and takes over from the other', async () => {
    const { a, b, controlPlane } = lab
    await a.start()
    expect(a.output).toMatch(/No connection to the control plane: connect ECONNREFUSED/)
    await b.end('SIGINT')
    expect(await lab.isServed(lb.address)).toBe(true)
    await b.start()
    await controlPlane.start()
    await waitFor('both hosts', async () => {
      const { nodes } = await lab.call('GET', NODES)
      return nodes.every((node: { connected: boolean }) => node.connected)
    })
    await waitFor('the link', () => a.output.includes('The control plane is back.'))
    expect(await lab.isServed(lb.address)).toBe(true)
  })

  test('networks that the control plane adds reach its hosts', async () => {
    await lab.controlPlane.end()
    const pools = 'fr-par=10.99.3.0/24@eth0+10.99.1.0/24@eth0'
    lab.controlPlane.configure({ FAIRLEAD_IP_POOLS: pools })
    await lab.controlPlane.start()
    const words = 'The networks of HA IPs are 10.99.3.0/24, 10.99.1.0/24 now.'
    for (const host of [lab.a, lab.b]) {
      await waitFor('the networks', () => host.output.includes(words))
    }
    const { id, address } = await lab.createLb('second')
    expect(address).toBe('10.99.3.1')
    expect(await lab.isServed(address)).toBe(true)
    expect(await lab.isServed(lb.address)).toBe(true)
    await lab.deleteLb(id)
  })

  test('a host with another address is taken over once no load balancers are on it', async () => {
    const { a, b } = lab
    await b.end('SIGINT')
    b.changeAddress('10.99.0.7')
    await b.start()
    const words =
      /The host of lb-b had the address 10\.99\.0\.2, and has 10\.99\.0\.7 now\. A load balancer is/
    await waitFor('the refusal', () => words.test(b.output))
    const nodeB = async () =>
      (await lab.call('GET', NODES)).nodes.find(({ name }: { name: string }) => name === 'lb-b')
    expect(await nodeB()).toMatchObject({ address: '10.99.0.2' })
    expect((await nodeB()).problem).toMatch(words)
    expect(await lab.isServed(lb.address)).toBe(true)
    await lab.deleteLb(lb.id)
    await waitFor('the other address', async () => (await nodeB()).address === '10.99.0.7')
    lb = await lab.createLb('shop')
    expect(await lab.isServed(lb.address)).toBe(true)
    await waitFor('both hosts', () =>
      [a, b].every((host) => host.haAddresses().join() === lb.address),
    )
    await a.end('SIGINT')
    expect(await lab.isServed(lb.address)).toBe(true)
    await a.start()
  })

  test('a node that is removed gives everything up, also after a restart, and its host joins anew', async () => {
    const { a, b } = lab
    await lab.deleteLb(lb.id)
    await waitFor('no load balancers', () => a.haAddresses().length === 0)
    expect(b.fenceEntries()).toBeGreaterThan(0)
    await lab.call('DELETE', `${NODES}/lb-a`)
    await waitFor('the end of the node', () => !a.isRunning)
    const words = /Node lb-a was removed from 10\.99\.0\.100:3443, so nothing runs here\./
    expect(a.output).toMatch(words)
    expect([a.tables(), a.processes()]).toEqual(['', []])
    await expect(a.start()).rejects.toThrow(words)
    // The other host is in no pair any more.
    await waitFor(
      'the end of keepalived',
      () => !b.processes().some((one) => /keepalived/.test(one)),
    )
    await waitFor('an empty fence', () => b.fenceEntries() === 0)
    await lab.join(a, 'a')
    expect(a.output).toMatch(/Fairlead node lb-a is ready/)
  })
})

describe.skipIf(missing)(
  titled('a control plane with nodes, and a host that joins'),
  IN_ORDER,
  () => {
    let lab: HostLab
    let alone: string
    let shared: string

    beforeAll(async () => {
      lab = new HostLab('control-plane,node')
      await lab.start()
    })
    afterAll(() => lab.remove())

    test('this machine adds HA IPs to itself', async () => {
      alone = (await lab.createLb('alone')).address
      expect(await lab.isServed(alone)).toBe(true)
      expect(lab.controlPlane.haAddresses()).toEqual([alone])
    })

    test('it shares load balancers with a host of the other cluster', async () => {
      await lab.join(lab.b, 'b')
      const { nodes } = await lab.call('GET', NODES)
      const addresses = nodes.map(({ name, address }: Record<string, string>) => [name, address])
      expect(addresses).toEqual([
        ['fr-par-a', '10.99.0.100'],
        ['fr-par-b', '10.99.0.100'],
        ['lb-b', '10.99.0.2'],
      ])
      shared = (await lab.createLb('shared')).address
      expect(await lab.isServed(shared)).toBe(true)
      expect(lab.b.haAddresses()).toEqual([shared])
      expect(lab.controlPlane.haAddresses().toSorted()).toEqual([alone, shared].toSorted())
    })

    test('another installation on this machine keeps its hands off the network', async () => {
      const env = { FAIRLEAD_ROLES: 'control-plane,node', FAIRLEAD_API_PORT: '3011' }
      const pools = { FAIRLEAD_IP_POOLS: 'fr-par=10.99.5.0/24@eth0' }
      const other = new HostMachine(lab.controlPlane.machine, { ...env, ...pools })
      await other.start()
      await waitFor('the problem', () => other.output.includes('Only one can.'))
      await other.end('SIGINT')
      expect(await lab.isServed(alone)).toBe(true)
    })

    test('what only this machine had moves to both, and is served all the time', async () => {
      const placement = '/fairlead/v1/regions/fr-par/placement'
      const { moves } = await lab.call('POST', placement, {})
      expect(moves).toMatchObject([{ from_pair: null, to_nodes: ['fr-par-a', 'lb-b'] }])
      await waitFor('the move', () => lab.b.haAddresses().includes(alone))
      expect(await lab.isServed(alone)).toBe(true)
      await waitFor('its end', async () => (await lab.call('GET', placement)).moves.length === 0)
      expect(await lab.isServed(alone)).toBe(true)
    })

    test('each takes over from the other', async () => {
      const { b, controlPlane } = lab
      await b.end('SIGINT')
      for (const address of [alone, shared]) expect(await lab.isServed(address)).toBe(true)
      await b.start()
      await controlPlane.end('SIGINT')
      expect([controlPlane.haAddresses(), controlPlane.tables()]).toEqual([[], ''])
      for (const address of [alone, shared]) expect(await lab.isServed(address)).toBe(true)
    })
  },
)
