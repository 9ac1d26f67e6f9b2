import { detach } from '#lib/process/faults.ts'
import type { HostReport } from '#lib/protocol/host-link.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { ControlPlaneToSupervisor } from '#lib/protocol/supervision.ts'
import type { AddressOwnership } from '../address-ownership/address-ownership.ts'
import type { VrrpOwnership } from '../address-ownership/vrrp-ownership.ts'
import { localNodes } from '../local-nodes.ts'
import type { HostNetworks } from '../settings/ip-pools.ts'
import type { Settings } from '../settings/settings.ts'
import { addressOn } from './host-interface.ts'
import { type HostOwnership, openHostOwnership, problemPrinter } from './host-ownership.ts'

type Order = Extract<ControlPlaneToSupervisor, { type: 'host_order' }>
type Report = (node: NodeName, report: HostReport) => void

/** The control plane's own machine as a host that shares HA IPs with joined ones. It talks to the control plane over IPC. */
export class LocalHost {
  /** The IPv4 address of the interface, by which its nodes are in pairs. */
  readonly address: string
  readonly #host: HostOwnership
  #send: Report = () => {}

  /** @throws Error in one line if the interface can't be used */
  constructor({ dataDir, nodes: { failbackMs } }: Settings, limits: HostNetworks) {
    const address = addressOn(limits.interface)
    if (address === null) {
      throw new Error(
        `FAIRLEAD_IP_POOLS: this machine has no interface ${limits.interface} with an IPv4 address.`,
      )
    }
    this.address = address
    this.#host = openHostOwnership(dataDir, limits, failbackMs)
  }

  get ownership(): AddressOwnership {
    return this.#host.ownership
  }

  /** Takes control of the network. Call it once the nodes that outlived the previous supervisor are adopted. */
  open(send: Report, onLost: VrrpOwnership['onLost']): void {
    const { ownership } = this.#host
    this.#send = send
    ownership.onLost = onLost
    const printProblem = problemPrinter()
    ownership.onCarriers = () => {
      printProblem(ownership.carriers().problem)
      this.report()
    }
    this.#host.open()
  }

  /** All nodes have claimed what they serve. */
  allClaimed(): void {
    this.#host.network.removeUnclaimedAddresses()
  }

  /** Tells the control plane the carriers of each node. */
  report(): void {
    for (const { name } of localNodes()) this.#send(name, this.#host.ownership.carriers(name))
  }

  onOrder({ node, order }: Order): void {
    if (order.type === 'ping') this.report()
    detach('supervisor', async () => {
      const answer = await this.#host.carryOut(node, order)
      if (answer) this.#send(node, answer)
    })
  }

  /** Gives up all addresses, so that other hosts take them over. */
  shutDown(): Promise<void> {
    return this.#host.shutDown()
  }
}
