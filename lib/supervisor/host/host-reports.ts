import { contain, detach } from '#lib/process/faults.ts'
import type { HostReport } from '#lib/protocol/host-link.ts'

/** More failovers and losses are not kept for a control plane that is away; the oldest are forgotten. */
const KEPT_MAX = 10_000
/** Other answers that are kept: orders whose sender has gone. */
const ANSWERS_MAX = 100
/** So many of them are sent at once. */
const CHUNK = 1000
/** Those that happen together are sent together. Milliseconds. */
const GATHER_MS = 20
const RETRY_MS = 1000

type Failovers = Extract<HostReport, { type: 'failed_over' }>['failovers']
type Lost = Extract<HostReport, { type: 'lost' }>['lbs']
type State = Extract<HostReport, { type: 'carriers' | 'hung' }>

/** @throws Error if the control plane doesn't have the report */
type Post = (report: HostReport) => Promise<void>

/** Sends the control plane what this host reports, one after the other, and keeps it while the control plane is away. */
export class HostReports {
  readonly #post: Post
  /** The newest state of each type, and whether the control plane has it. */
  readonly #states = new Map<State['type'], { report: State; isSent: boolean }>()
  #answers: HostReport[] = []
  #failovers: Failovers = []
  #lost: Lost = []
  #isConnected = false
  #isSending = false
  #timer: NodeJS.Timeout | null = null

  constructor(post: Post) {
    this.#post = post
  }

  add(report: HostReport): void {
    if (report.type === 'carriers' || report.type === 'hung') {
      this.#states.set(report.type, { report, isSent: false })
      this.#send()
    } else if (report.type === 'failed_over') {
      this.#failovers = [...this.#failovers, ...report.failovers].slice(-KEPT_MAX)
      this.#sendIn(GATHER_MS)
    } else if (report.type === 'lost') {
      this.#lost = [...this.#lost, ...report.lbs].slice(-KEPT_MAX)
      this.#sendIn(GATHER_MS)
    } else {
      this.#answers = [...this.#answers, report].slice(-ANSWERS_MAX)
      this.#send()
    }
  }

  /** The control plane listens from now on, and may know nothing. */
  connected(): void {
    this.#isConnected = true
    this.repeat()
  }

  /** The control plane asks for a sign of life. */
  repeat(): void {
    for (const state of this.#states.values()) state.isSent = false
    this.#send()
  }

  away(): void {
    this.#isConnected = false
  }

  stop(): void {
    this.#isConnected = false
    if (this.#timer) clearTimeout(this.#timer)
  }

  #sendIn(ms: number): void {
    const due = contain('failover report', () => {
      this.#timer = null
      this.#send()
    })
    this.#timer ??= setTimeout(due, ms)
  }

  #send(): void {
    if (this.#isSending || !this.#isConnected) return
    this.#isSending = true
    detach('failover report', async () => {
      try {
        while (this.#isConnected && (await this.#sendNext()));
      } catch {
        // It is still first in line.
        this.#sendIn(RETRY_MS)
      } finally {
        this.#isSending = false
      }
    })
  }

  /** Answers first: an order waits for them. @returns whether there was anything to send */
  async #sendNext(): Promise<boolean> {
    const [answer] = this.#answers
    if (answer) {
      await this.#post(answer)
      this.#answers = this.#answers.filter((one) => one !== answer)
      return true
    }
    const state = [...this.#states.values()].find(({ isSent }) => !isSent)
    if (state) {
      await this.#post(state.report)
      // A newer one may have replaced it meanwhile.
      state.isSent = true
      return true
    }
    if (this.#lost.length > 0) return this.#sendLost()
    return this.#failovers.length > 0 && this.#sendFailovers()
  }

  async #sendLost(): Promise<true> {
    const lbs = this.#lost.slice(0, CHUNK)
    await this.#post({ type: 'lost', lbs })
    const sent = new Set(lbs)
    this.#lost = this.#lost.filter((one) => !sent.has(one))
    return true
  }

  async #sendFailovers(): Promise<true> {
    const failovers = this.#failovers.slice(0, CHUNK)
    await this.#post({ type: 'failed_over', failovers })
    const sent = new Set(failovers)
    this.#failovers = this.#failovers.filter((one) => !sent.has(one))
    return true
  }
}
