import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import { Bridge, type Machine, whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { callFrom, HostMachine } from '#lib/testing/supervisor/host-machine.ts'
import { waitFor } from '#lib/testing/wait.ts'

const ACCESS_KEY = 'SCWTESTTESTTESTTEST1'
const SECRET_KEY = '11111111-2222-4333-8444-555555555555'
const REGION = '/lb/v1/regions/fr-par'
const SERVER_PORT = 8000
const HELPER = 'fairlead network'
/** A web server. */
const SERVE = `
  const { createServer } = await import('node:http')
  createServer((_, response) => response.end('{"served":true}')).listen(${SERVER_PORT}, () => console.log('ready'))
`

const missing = whyNoNamespaces()
const NAME = 'hosts that join'
describe.skipIf(missing)(
  missing ? `${NAME} (skipped: ${missing})` : NAME,
  { tags: ['in-order'] },
  () => {
    let bridge: Bridge
    let controlPlane: HostMachine
    let a: HostMachine
    let b: HostMachine
    let client: Machine
    let server: MachineProcess
    let url: string
    let lbId: string

    beforeAll(async () => {
      bridge = new Bridge()
      controlPlane = new HostMachine(bridge.add('c', '10.99.0.100'), {
        FAIRLEAD_ROLES: 'control-plane',
        FAIRLEAD_NODE_ADDRESS: '10.99.0.100:3443',
        FAIRLEAD_IP_POOLS: 'fr-par=10.99.1.0/24@eth0',
        FAIRLEAD_ACCESS_KEY: ACCESS_KEY,
        FAIRLEAD_SECRET_KEY: SECRET_KEY,
      })
      a = new HostMachine(bridge.add('a', '10.99.0.1'))
      b = new HostMachine(bridge.add('b', '10.99.0.2'))
      client = bridge.add('w', '10.99.0.10')
      server = new MachineProcess(client, [process.execPath, '--input-type=module', '-e', SERVE])
      await Promise.all([server.started(), controlPlane.start()])
    })

    afterAll(async () => {
      await Promise.all([controlPlane, a, b].map((host) => host.remove()))
      await server.end()
      bridge.remove()
    })

    const api = (method: string, path: string, body?: object) =>
      callFrom(controlPlane.machine, method, `http://127.0.0.1:3001${path}`, {
        key: SECRET_KEY,
        ...(body ? { body } : {}),
      })

    async function joinAs(host: HostMachine, cluster: 'a' | 'b'): Promise<void> {
      const node = { region: 'fr-par', cluster, name: `lb-${cluster}` }
      const { command } = await api('POST', '/fairlead/v1/nodes/tokens', node)
      await host.start(command.split(' -- ')[1])
    }

    const isServed = () =>
      waitFor('an answer', async () => (await callFrom(client, 'GET', url)).served)

    test('join with the command that the console shows', async () => {
      await Promise.all([joinAs(a, 'a'), joinAs(b, 'b')])
      expect(a.output).toMatch(
        /Joined as lb-a, cluster a of fr-par\..*Fairlead node lb-a is ready/s,
      )
      const { nodes } = await api('GET', '/fairlead/v1/nodes')
      expect(nodes).toMatchObject([
        { name: 'lb-a', address: '10.99.0.1', connected: true, problem: null },
        { name: 'lb-b', address: '10.99.0.2', connected: true, problem: null },
      ])
    })

    test('serve a load balancer whose HA IP both have', async () => {
      const health_check = { port: SERVER_PORT, tcp_config: {}, check_max_retries: 3 }
      const backend = {
        forward_protocol: 'http',
        forward_port: SERVER_PORT,
        server_ip: ['10.99.0.10'],
      }
      const lb = await api('POST', `${REGION}/lbs`, {
        name: 'shop',
        backends: [{ name: 'web', ...backend, health_check }],
        frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
      })
      lbId = lb.id
      const address = lb.ip[0].ip_address
      url = `http://${address}/`
      expect(await isServed()).toBe(true)
      expect([a.haAddresses(), b.haAddresses()]).toEqual([[address], [address]])
    })

    test('a supervisor that is killed leaves everything to the next one', async () => {
      const before = a.processes().filter((title) => !title.includes('supervisor'))
      await a.end('SIGKILL')
      await a.start()
      expect(a.output).toMatch(/Adopted the running node\./)
      expect(a.processes()).toEqual(expect.arrayContaining(before))
      expect(await isServed()).toBe(true)
    })

    test('a network helper that is killed is started again, and disturbs nothing', async () => {
      a.kill(HELPER)
      await waitFor('the next helper', () => a.processes().includes(HELPER))
      expect(await isServed()).toBe(true)
      expect(a.haAddresses()).toHaveLength(1)
    })

    test('a host that is stopped leaves its addresses to the other', async () => {
      await controlPlane.end()
      await a.end('SIGINT')
      expect([a.haAddresses(), a.tables(), a.processes()]).toEqual([[], '', []])
      expect(await isServed()).toBe(true)
    })

    test('a host starts while the control plane is away, and takes over from the other', async () => {
      await a.start()
      expect(a.output).toMatch(/No connection to the control plane: connect ECONNREFUSED/)
      await b.end('SIGINT')
      expect(await isServed()).toBe(true)
      await b.start()
      await controlPlane.start()
      await waitFor('both hosts', async () => {
        const { nodes } = await api('GET', '/fairlead/v1/nodes')
        return nodes.every((node: { connected: boolean }) => node.connected)
      })
      await waitFor('the link', () => a.output.includes('The control plane is back.'))
      expect(await isServed()).toBe(true)
    })

    test('a node that is removed gives everything up, also after a restart, and its host joins anew', async () => {
      await api('DELETE', `${REGION}/lbs/${lbId}`)
      await waitFor('no load balancers', () => a.haAddresses().length === 0)
      await api('DELETE', '/fairlead/v1/nodes/lb-a')
      await waitFor('the end of the node', () => !a.isRunning)
      const words = /Node lb-a was removed from 10\.99\.0\.100:3443, so nothing runs here\./
      expect(a.output).toMatch(words)
      expect([a.tables(), a.processes()]).toEqual(['', []])
      await expect(a.start()).rejects.toThrow(words)
      await joinAs(a, 'a')
      expect(a.output).toMatch(/Fairlead node lb-a is ready/)
    })
  },
)
