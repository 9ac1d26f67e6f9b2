import type { Logger } from 'pino'
import type { QuarantinedLb } from '#lib/config/quarantine.ts'
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
  readonly #quarantined: () => readonly QuarantinedLb[]
  readonly #log: Logger
  /** Whether what is quarantined has to be told, beside what has changed. */
  #hasQuarantineNews = false
  readonly #changed = new Set<string>()
  readonly #reported = new Map<string, number>()
  #debounce: NodeJS.Timeout | null = null
  #figures: NodeJS.Timeout | null = null
  #sending = false
  #connected = false

  /**
   * @param whyNotKept why a load balancer's configuration is not on disk; undefined where it is
   * @param quarantined what the node does not run
   */
  constructor(
    settings: NodeSettings,
    balancers: ReadonlyMap<string, LoadBalancer>,
    whyNotKept: (lbId: string) => string | undefined,
    quarantined: () => readonly QuarantinedLb[],
    log: Logger,
  ) {
    this.#settings = settings
    this.#balancers = balancers
    this.#whyNotKept = whyNotKept
    this.#quarantined = quarantined
    this.#log = log
  }

  /** The control plane is there, and may know nothing: everything is told. */
  connected(): void {
    this.#connected = true
    for (const id of this.#balancers.keys()) this.#changed.add(id)
    this.#hasQuarantineNews = this.#quarantined().length > 0
    this.#figures ??= setInterval(() => this.#noteFigures(), FIGURES_MS)
    this.#soon()
  }

  /** @param urgent whether it is to be told at once, or with the figures */
  note(lbId: string, urgent: boolean): void {
    this.#changed.add(lbId)
    if (urgent) this.#soon()
  }

  /** What is quarantined has changed. */
  noteQuarantine(): void {
    this.#hasQuarantineNews = true
    this.#soon()
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
    if (!this.#connected || (this.#changed.size === 0 && !this.#hasQuarantineNews)) return
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
    const hadQuarantineNews = this.#hasQuarantineNews
    this.#hasQuarantineNews = false
    try {
      const lbs = ids.flatMap((id) => this.#reportOf(id))
      if (lbs.length > 0 || hadQuarantineNews) await this.#post(lbs, hadQuarantineNews)
      this.#sending = false
      this.#soon()
    } catch (error) {
      this.#sending = false
      // The next round, or the reconnect, tells it.
      for (const id of ids) this.#changed.add(id)
      this.#hasQuarantineNews ||= hadQuarantineNews
      this.#log.debug({ err: error }, "a report couldn't be delivered")
    }
  }

  #reportOf(id: string): LbReport[] {
    const balancer = this.#balancers.get(id)
    if (!balancer) return []
    this.#reported.set(id, balancer.activity())
    return [{ ...balancer.report(), not_kept: this.#whyNotKept(id) }]
  }

  async #post(lbs: LbReport[], withQuarantine: boolean): Promise<void> {
    const { node, worker } = this.#settings
    const quarantined = withQuarantine ? [...this.#quarantined()] : undefined
    const report: NodeReport = { lbs, quarantined }
    await postJson(this.#settings, reportPath(node, worker), report)
  }
}
