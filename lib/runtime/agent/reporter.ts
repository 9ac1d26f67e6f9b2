import type { Logger } from 'pino'
import type { LbReport, NodeReport } from '#lib/config/report.ts'
import { reportPath } from '#lib/config/stream.ts'
import type { LoadBalancer } from '../load-balancer.ts'
import type { NodeSettings } from './environment.ts'
import { postJson } from './post-json.ts'

/** Several changes at once make one report. Milliseconds. */
const DEBOUNCE_MS = 10
/** How often figures go up while they move. Milliseconds. */
const FIGURES_MS = 1000

/** Tells the control plane how the load balancers are: what changed at once, figures every second. */
export class Reporter {
  readonly #settings: NodeSettings
  readonly #balancers: ReadonlyMap<string, LoadBalancer>
  readonly #whyNotKept: (lbId: string) => string | undefined
  readonly #log: Logger
  readonly #changed = new Set<string>()
  readonly #reported = new Map<string, number>()
  #debounce: NodeJS.Timeout | null = null
  #figures: NodeJS.Timeout | null = null
  #sending = false
  #connected = false

  /** @param whyNotKept why a load balancer's configuration is not on disk; undefined where it is */
  constructor(
    settings: NodeSettings,
    balancers: ReadonlyMap<string, LoadBalancer>,
    whyNotKept: (lbId: string) => string | undefined,
    log: Logger,
  ) {
    this.#settings = settings
    this.#balancers = balancers
    this.#whyNotKept = whyNotKept
    this.#log = log
  }

  /** The control plane is there, and may know nothing: everything is told. */
  connected(): void {
    this.#connected = true
    for (const id of this.#balancers.keys()) this.#changed.add(id)
    this.#figures ??= setInterval(() => this.#noteFigures(), FIGURES_MS)
    this.#soon()
  }

  /** @param urgent whether it is to be told at once, or with the figures */
  note(lbId: string, urgent: boolean): void {
    this.#changed.add(lbId)
    if (urgent) this.#soon()
  }

  stop(): void {
    this.#connected = false
    if (this.#figures) clearInterval(this.#figures)
    if (this.#debounce) clearTimeout(this.#debounce)
  }

  #noteFigures(): void {
    for (const [id, balancer] of this.#balancers) {
      if (balancer.activity() !== this.#reported.get(id)) this.#changed.add(id)
    }
    this.#soon()
  }

  #soon(): void {
    if (!this.#connected || this.#changed.size === 0) return
    this.#debounce ??= setTimeout(() => {
      this.#debounce = null
      void this.#send()
    }, DEBOUNCE_MS)
  }

  async #send(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    const ids = [...this.#changed]
    this.#changed.clear()
    try {
      await this.#post({ lbs: ids.flatMap((id) => this.#reportOf(id)) })
      this.#sending = false
      this.#soon()
    } catch (error) {
      this.#sending = false
      // The next round, or the reconnect, tells it.
      for (const id of ids) this.#changed.add(id)
      this.#log.debug({ err: error }, "a report couldn't be delivered")
    }
  }

  #reportOf(id: string): LbReport[] {
    const balancer = this.#balancers.get(id)
    if (!balancer) return []
    this.#reported.set(id, balancer.activity())
    return [{ ...balancer.report(), not_kept: this.#whyNotKept(id) }]
  }

  async #post(report: NodeReport): Promise<void> {
    if (report.lbs.length === 0) return
    const { node, worker } = this.#settings
    await postJson(this.#settings, reportPath(node, worker), report)
  }
}
