import { setTimeout as delay } from 'node:timers/promises'
import {
  controlPlanesOf,
  controlPlaneUrl,
  type NodeIdentity,
  readIdentity,
  writeIdentity,
} from '#lib/node/transport/node-identity.ts'
import type { HostOrder } from '#lib/protocol/host-link.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'
import type { LocalNode } from '../local-nodes.ts'
import { Nodes } from '../nodes.ts'
import type { NodeOptions } from '../settings/node-settings.ts'
import { print } from '../terminal.ts'
import { CertificateRenewal } from './certificate-renewal.ts'
import { ControlPlaneLinks } from './control-plane-links.ts'
import { addressesOn } from './host-interface.ts'
import { type HostOwnership, openHostOwnership, problemPrinter } from './host-ownership.ts'

/** How long the node waits for the network helper. Milliseconds. */
const HELPER_MS = 3000

type Networks = Extract<HostOrder, { type: 'networks' }>

/** What a joined host is started with. */
export type HostSettings = {
  dataDir: string
  identityFile: string
  identity: NodeIdentity
  nodes: NodeOptions
  /** Ends this process; called when the node was removed. */
  end(): void
}

/** One running Fairlead on a host that has joined: its node, address ownership among hosts, and the links to the control planes. */
export class HostInstallation {
  readonly #settings: HostSettings
  readonly #node: LocalNode
  readonly #host: HostOwnership
  readonly #nodes: Nodes
  readonly #links: ControlPlaneLinks
  readonly #renewal: CertificateRenewal

  constructor(settings: HostSettings) {
    const { dataDir, identityFile, identity, nodes } = settings
    this.#settings = settings
    const { name, region, cluster } = identity.node
    this.#node = { name, region, cluster }
    const limits = {
      interface: identity.interface,
      networks: identity.networks.map(({ network }) => network),
    }
    this.#host = openHostOwnership(dataDir, limits)
    const { ownership } = this.#host
    const { failbackMs: _, ...options } = nodes
    const access = { credential: null, identityFile }
    const accessTo = (controlPlane: string) => ({
      ...access,
      apiUrl: controlPlaneUrl(controlPlane),
    })
    this.#nodes = new Nodes({
      ...options,
      nodes: [this.#node],
      credentials: { of: () => access },
      ownership,
      onHung: (hung: HungNode[]) => this.#links.report({ type: 'hung', nodes: hung }),
    })
    this.#links = new ControlPlaneLinks({
      controlPlanes: controlPlanesOf(identity),
      accessTo,
      addresses: () => addressesOn(identity.interface),
      onOrder: async (order) => {
        if (order.type === 'networks') this.#setNetworks(order)
        return this.#host.carryOut(name, order)
      },
      onControlPlanes: (addresses) => this.#setControlPlanes(addresses),
      onRemoved: () => this.#remove(),
    })
    const accesses = () => controlPlanesOf(readIdentity(identityFile) ?? identity).map(accessTo)
    this.#renewal = new CertificateRenewal(accesses, identityFile)
    ownership.onTakeover = (failover) =>
      this.#links.report({ type: 'failed_over', failovers: [failover] })
    ownership.onLost = (lbs) => this.#links.report({ type: 'lost', lbs })
    const printProblem = problemPrinter()
    ownership.onCarriers = () => {
      const report = ownership.carriers()
      printProblem(report.problem)
      this.#links.report(report)
    }
  }

  /**
   * Starts the node with its last good configurations, whether the control plane is there or not.
   * @throws Error in words if the node can't start
   */
  async start(): Promise<void> {
    const { network, ownership } = this.#host
    const connected = new Promise<void>((resolve) => {
      network.onConnect = resolve
    })
    const running = await this.#nodes.adoptRunning()
    if (running.length > 0) print('Adopted the running node.')
    this.#host.open()
    this.#links.report(ownership.carriers())
    this.#links.run()
    this.#renewal.start()
    // The network helper lets nodes bind HA IPs. Without it the node starts all the same, and says what is wrong.
    await Promise.race([connected, delay(HELPER_MS)])
    await this.#nodes.startRegion(this.#node.region)
    await connected
    network.removeUnclaimedAddresses()
  }

  /** After an uncaught exception: sends every order again. */
  recover(): void {
    this.#host.ownership.recover()
  }

  /** Keeps what the control plane says of networks. Where the node may open connections applies from the next start on. */
  #setNetworks({ networks, egress }: Networks): void {
    const { identityFile } = this.#settings
    const identity = readIdentity(identityFile)
    if (!identity) return
    const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
    const areSame = isSame(networks, identity.networks)
    if (areSame && isSame(egress, identity.egress)) return
    writeIdentity(identityFile, { ...identity, networks, egress })
    if (areSame) return
    const all = networks.map(({ network }) => network)
    print(`The networks of HA IPs are ${all.join(', ')} now.`)
    this.#host.setNetworks(all)
  }

  /** Keeps the list for the next start, and has the node follow them. */
  #setControlPlanes(addresses: string[]): void {
    const { identityFile } = this.#settings
    const identity = readIdentity(identityFile)
    if (!identity) return
    writeIdentity(identityFile, { ...identity, control_planes: addresses })
    print(`The control planes are ${addresses.join(', ')} now.`)
    this.#nodes.followControlPlanes(addresses.map(controlPlaneUrl))
  }

  /** Others have its load balancers now, so it must not serve them again, after a restart either. */
  #remove(): void {
    const { identityFile, end } = this.#settings
    const identity = readIdentity(identityFile)
    if (!identity || identity.removed) return
    writeIdentity(identityFile, { ...identity, removed: true })
    print(removalMessage(identity))
    end()
  }

  /** Gives up the addresses first, so that the other hosts take over while the node still runs. */
  async stop(): Promise<void> {
    this.#renewal.stop()
    this.#links.stop()
    await this.#host.shutDown()
    await this.#nodes.stop()
  }
}

export function removalMessage({ node, control_plane }: NodeIdentity): string {
  return `Node ${node.name} was removed from ${control_plane}, so nothing runs here. Join this host again with "npm run join" and a new token.`
}
