import { hostname } from 'node:os'
import { type Answer, textOf } from '#lib/node/transport/answer.ts'
import { type ControlPlaneAccess, postToControlPlane } from '#lib/node/transport/control-plane.ts'
import { FollowedStream, type StreamFollower } from '#lib/node/transport/followed-stream.ts'
import { contain, detach } from '#lib/process/faults.ts'
import { VERSION } from '#lib/process/version.ts'
import {
  HOST_LINK_PATH,
  HOST_REPORT_PATH,
  type HostHello,
  HostOrder,
  type HostReport,
} from '#lib/protocol/host-link.ts'
import { print } from '../terminal.ts'
import { HostReports } from './host-reports.ts'
import { Refusal } from './refusal.ts'

/** How long the control plane may take to answer a report. Milliseconds. */
const REPORT_MS = 5000
/** The control plane can't read what it was sent. */
const INVALID: ReadonlySet<number> = new Set([400, 413, 415])

export type HostLinkEvents = {
  /** The IPv4 addresses of this host's interface for HA IPs. */
  addresses(): string[]
  /** The control plane's address, for people; null if it is the only one. */
  name(): string | null
  onConnected(): void
  /** Carries an order out. @returns the answer; null if it has none */
  onOrder(order: HostOrder): Promise<HostReport | null>
  /** The control plane says that the node was removed. */
  onRemoved(): void
}

/** The link of a joined host to one control plane: orders come in, their answers and reports go out. */
export class HostLink implements StreamFollower {
  readonly #access: ControlPlaneAccess
  readonly #events: HostLinkEvents
  readonly #stream = new FollowedStream(this)
  readonly #reports: HostReports
  #isLost = false
  #isConnected = false

  constructor(access: ControlPlaneAccess, events: HostLinkEvents) {
    this.#access = access
    this.#events = events
    this.#reports = new HostReports((report) => this.#post(report))
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** Resolves after `stop`. */
  run(): Promise<void> {
    return this.#stream.run()
  }

  stop(): void {
    this.#stream.stop()
    this.#reports.stop()
    this.#isConnected = false
  }

  report(report: HostReport): void {
    this.#reports.add(report)
  }

  async open(signal: AbortSignal): Promise<Answer> {
    this.#isConnected = false
    const { addresses, onRemoved } = this.#events
    const hello: HostHello = { host: hostname(), version: VERSION, addresses: addresses() }
    const body = JSON.stringify(hello)
    const answer = await postToControlPlane(this.#access, HOST_LINK_PATH, body, signal)
    if (answer.isOk) return answer
    const refusal = new Refusal(answer.status, await textOf(answer))
    if (refusal.isRemoval) onRemoved()
    throw refusal
  }

  onConnected(): void {
    const name = this.#events.name()
    if (this.#isLost) print(name ? `Control plane ${name} is back.` : 'The control plane is back.')
    this.#isLost = false
    this.#isConnected = true
    this.#reports.connected()
    this.#events.onConnected()
  }

  onLost(reason: string): void {
    this.#isLost = true
    this.#isConnected = false
    this.#reports.away()
    const name = this.#events.name()
    const words = reason.endsWith('.') ? reason : `${reason}.`
    const controlPlane = name ? `control plane ${name}` : 'the control plane'
    print(`No connection to ${controlPlane}: ${words} The node goes on without it.`)
  }

  onLine(line: string): void {
    const take = contain('supervisor message', () => {
      const order = HostOrder.safeParse(JSON.parse(line))
      // Of another version.
      if (!order.success) return
      if (order.data.type === 'ping') this.#reports.repeat()
      detach('supervisor message', async () => {
        const answer = await this.#events.onOrder(order.data)
        if (answer) this.#reports.add(answer)
      })
    })
    take()
  }

  /** @throws Error if the control plane doesn't have the report and may take it later */
  async #post(report: HostReport): Promise<void> {
    const signal = AbortSignal.timeout(REPORT_MS)
    const body = JSON.stringify(report)
    const answer = await postToControlPlane(this.#access, HOST_REPORT_PATH, body, signal)
    const text = await textOf(answer)
    if (answer.isOk) return
    const refusal = new Refusal(answer.status, text)
    if (!INVALID.has(answer.status)) throw refusal
    // It would be refused for ever, and keep others back.
    print(`The control plane refuses a report (${report.type}): ${refusal.message}`)
  }
}
