import type { ControlPlaneAccess } from '#lib/node/transport/control-plane.ts'
import { detach } from '#lib/process/faults.ts'
import type { HostOrder, HostReport } from '#lib/protocol/host-link.ts'
import { HostLink, type HostLinkEvents } from './host-link.ts'

type Options = Pick<HostLinkEvents, 'addresses' | 'onOrder' | 'onRemoved'> & {
  /** The addresses of the control planes that this host knows. */
  controlPlanes: readonly string[]
  accessTo(controlPlane: string): ControlPlaneAccess
  /** There are others now, and one of them at least is connected. */
  onControlPlanes(addresses: string[]): void
}

/** The links of a joined host to all control planes, each with its own stream of orders and its own queue of reports. */
export class ControlPlaneLinks {
  readonly #options: Options
  /** By the address of the control plane. */
  readonly #links = new Map<string, HostLink>()
  /** The newest state of each type, for links that are opened later. */
  readonly #states = new Map<HostReport['type'], HostReport>()
  /** Those that there are, as one of them has said. */
  #listed: readonly string[]
  /** Those that the rest of this host knows. */
  #announced: readonly string[]
  #isRunning = false

  constructor(options: Options) {
    this.#options = options
    this.#listed = options.controlPlanes
    this.#announced = options.controlPlanes
    for (const address of this.#listed) this.#add(address)
  }

  /** Opens all links, until `stop`. */
  run(): void {
    this.#isRunning = true
    for (const link of this.#links.values()) open(link)
  }

  stop(): void {
    this.#isRunning = false
    for (const link of this.#links.values()) link.stop()
  }

  /** Reports to all control planes. */
  report(report: HostReport): void {
    if (report.type === 'carriers' || report.type === 'hung') this.#states.set(report.type, report)
    for (const link of this.#links.values()) link.report(report)
  }

  #add(address: string): void {
    const { addresses, accessTo } = this.#options
    const link = new HostLink(accessTo(address), {
      addresses,
      name: () => (this.#links.size > 1 ? address : null),
      onOrder: (order) => this.#onOrder(order),
      onConnected: () => this.#settle(),
      onRemoved: () => this.#onRemoved(),
    })
    for (const state of this.#states.values()) link.report(state)
    this.#links.set(address, link)
    if (this.#isRunning) open(link)
  }

  async #onOrder(order: HostOrder): Promise<HostReport | null> {
    if (order.type !== 'control_planes') return this.#options.onOrder(order)
    this.#listed = [...new Set(order.addresses)].sort()
    for (const address of this.#listed) if (!this.#links.has(address)) this.#add(address)
    this.#settle()
    return null
  }

  /** Ends links to control planes that there are not any more, once one of the others is connected: they may have addresses that this host can't reach. */
  #settle(): void {
    const listed = this.#listed
    if (!listed.some((address) => this.#links.get(address)?.isConnected)) return
    for (const [address, link] of this.#links) {
      if (listed.includes(address)) continue
      link.stop()
      this.#links.delete(address)
    }
    if (listed.join() === this.#announced.join()) return
    this.#announced = listed
    this.#options.onControlPlanes([...listed])
  }

  /** A control plane that has just been started again may not know a new node yet, and those that know it have a link to it. */
  #onRemoved(): void {
    if (this.#links.values().some(({ isConnected }) => isConnected)) return
    this.#options.onRemoved()
  }
}

function open(link: HostLink): void {
  detach('supervisor', () => link.run())
}
