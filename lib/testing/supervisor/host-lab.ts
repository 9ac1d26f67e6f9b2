import type { Cluster } from '#lib/core/locality.ts'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import { Bridge, type Machine } from '#lib/testing/network/namespaces.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { callFrom, HostMachine } from './host-machine.ts'

const SECRET_KEY = '11111111-2222-4333-8444-555555555555'
const PARIS = '/lb/v1/regions/fr-par'
const ADDRESS = '10.99.0.100'
const CLIENT = '10.99.0.10'
const SERVER_PORT = 8000
const SERVE = `
  const { createServer } = await import('node:http')
  const server = createServer((_, response) => response.end('{"served":true}'))
  server.listen(${SERVER_PORT}, () => console.log('ready'))
`

/** A control plane's machine, hosts that join it, and a machine with a web server and clients: network namespaces on one bridge. */
export class HostLab {
  readonly controlPlane: HostMachine
  readonly a: HostMachine
  readonly b: HostMachine
  readonly #bridge = new Bridge()
  readonly #client: Machine
  #server: MachineProcess | null = null

  /** @param roles of the control plane's machine */
  constructor(roles: string) {
    this.controlPlane = new HostMachine(this.#bridge.add('c', ADDRESS), {
      FAIRLEAD_ROLES: roles,
      FAIRLEAD_NODE_ADDRESS: `${ADDRESS}:3443`,
      FAIRLEAD_IP_POOLS: 'fr-par=10.99.1.0/24@eth0',
      FAIRLEAD_ACCESS_KEY: 'SCWTESTTESTTESTTEST1',
      FAIRLEAD_SECRET_KEY: SECRET_KEY,
    })
    this.a = new HostMachine(this.#bridge.add('a', '10.99.0.1'))
    this.b = new HostMachine(this.#bridge.add('b', '10.99.0.2'))
    this.#client = this.#bridge.add('w', CLIENT)
  }

  async start(): Promise<void> {
    const command = [process.execPath, '--input-type=module', '-e', SERVE]
    this.#server = new MachineProcess(this.#client, command)
    await Promise.all([this.#server.started(), this.controlPlane.start()])
  }

  /** Calls the API. */
  call(method: string, path: string, body?: object) {
    return callFrom(this.controlPlane.machine, method, `http://127.0.0.1:3001${path}`, {
      key: SECRET_KEY,
      ...(body ? { body } : {}),
    })
  }

  /** Joins a host with the command that the console shows. */
  async join(host: HostMachine, cluster: Cluster): Promise<void> {
    const node = { region: 'fr-par', cluster, name: `lb-${cluster}` }
    const { command } = await this.call('POST', '/fairlead/v1/nodes/tokens', node)
    await host.start(command.split(' -- ')[1])
  }

  /** Creates a load balancer before the web server. @returns its id and its HA IP */
  async createLb(name: string): Promise<{ id: string; address: string }> {
    const health_check = { port: SERVER_PORT, tcp_config: {}, check_max_retries: 3 }
    const backend = { forward_protocol: 'http', forward_port: SERVER_PORT, server_ip: [CLIENT] }
    const created = await this.call('POST', `${PARIS}/lbs`, {
      name,
      backends: [{ name: 'web', ...backend, health_check }],
      frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
    })
    if (!created.id) throw new Error(JSON.stringify(created))
    return { id: created.id, address: created.ip[0].ip_address }
  }

  deleteLb(id: string) {
    return this.call('DELETE', `${PARIS}/lbs/${id}`)
  }

  /** Waits until a client gets the web server's answer from an address. */
  isServed(address: string): Promise<boolean> {
    return waitFor('an answer', async () => {
      const { served } = await callFrom(this.#client, 'GET', `http://${address}/`)
      return served === true
    })
  }

  async remove(): Promise<void> {
    await Promise.all([this.a, this.b].map((host) => host.remove()))
    await this.controlPlane.remove()
    await this.#server?.end()
    this.#bridge.remove()
  }
}
