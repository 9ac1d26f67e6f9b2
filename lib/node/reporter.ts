import type { Logger } from 'pino'
import { contain, detach, faultCounts, forEachContained, reportFault } from '#lib/process/faults.ts'
import type { Engine } from '#lib/protocol/engine.ts'
import type { QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { EngineReport, LbReport, NodeReport, ReportPriority } from '#lib/protocol/report.ts'
import { reportPath } from '#lib/protocol/stream.ts'
import { Slices } from '#lib/runtime/scheduling/slices.ts'
import { postJsonText } from './post-json.ts'
import type { ControlPlaneAccess } from './transport/control-plane.ts'

/** Changes within this time share one report. Milliseconds. */
const DEBOUNCE_MS = 10
/** Interval at which changed counters are reported. Milliseconds. */
const COUNTERS_MS = 1000
/** No report is added to a request of this size, so that neither side is blocked for long. Characters. */
const REQUEST_CHARACTERS = 1_000_000

/** A generation that can't be applied, and why. */
export type Rejection = NonNullable<LbReport['rejected']>

/** Where reports get their data. */
export type ReportSources = {
  /** The number of this worker process. */
  worker: number
  engine: Pick<Engine, 'known' | 'report' | 'activity'>
  /** By load balancer. */
  rejected: ReadonlyMap<string, Rejection>
  /** Why a load balancer's configuration could not be saved; undefined if it was. */
  saveError(lbId: string): string | undefined
  quarantined(): readonly QuarantinedLb[]
  log: Logger
}

/** Reports the state of load balancers to one control plane: changes immediately, counters every second. */
export class Reporter {
  readonly #access: ControlPlaneAccess
  readonly #sources: ReportSources
  readonly #slices = new Slices()
  #quarantineChanged = false
  /** Load balancers to report. */
  readonly #changed = new Set<string>()
  /** Each load balancer's activity at its last report. */
  readonly #reported = new Map<string, number>()
  #debounce: NodeJS.Timeout | null = null
  #counters: NodeJS.Timeout | null = null
  #sending = false
  /** The number of faults in the last report. Reset when the control plane connects. */
  #faultsSent = 0
  #connected = false

  constructor(access: ControlPlaneAccess, sources: ReportSources) {
    this.#access = access
    this.#sources = sources
  }

  /** The control plane has connected. It may have been restarted, so everything is reported. */
  connected(): void {
    this.#connected = true
    this.#faultsSent = 0
    const { engine, rejected, quarantined } = this.#sources
    for (const id of [...Object.keys(engine.known()), ...rejected.keys()]) this.#changed.add(id)
    this.#quarantineChanged = quarantined().length > 0
    this.#counters ??= setInterval(this.#onCountersDue, COUNTERS_MS)
    this.#sendSoon()
  }

  onLbChange(lbId: string, priority: ReportPriority): void {
    this.#changed.add(lbId)
    if (priority === 'immediate') this.#sendSoon()
  }

  onQuarantineChange(): void {
    this.#quarantineChanged = true
    this.#sendSoon()
  }

  stop(): void {
    this.#connected = false
    if (this.#counters) clearInterval(this.#counters)
    if (this.#debounce) clearTimeout(this.#debounce)
  }

  readonly #onCountersDue = contain('report', () => {
    const { engine } = this.#sources
    forEachContained('report', Object.keys(engine.known()), (id) => {
      if (engine.activity(id) !== this.#reported.get(id)) this.#changed.add(id)
    })
    this.#sendSoon()
  })

  #sendSoon(): void {
    if (!this.#connected || !this.#hasChanges) return
    this.#debounce ??= setTimeout(this.#onDebounced, DEBOUNCE_MS)
  }

  get #hasChanges(): boolean {
    return this.#changed.size > 0 || this.#quarantineChanged || this.#faultsSent !== this.#faults
  }

  readonly #onDebounced = contain(
    'report',
    () => {
      this.#debounce = null
      detach('report', () => this.#send())
    },
    () => {
      this.#debounce = null
      this.#sendSoon()
    },
  )

  get #faults(): number {
    return faultCounts().reduce((sum, { total }) => sum + total, 0)
  }

  async #send(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    const ids = [...this.#changed]
    this.#changed.clear()
    const quarantineChanged = this.#quarantineChanged
    this.#quarantineChanged = false
    try {
      const last = await this.#sendAllButLast(ids)
      const faults = this.#faults
      const quarantined = quarantineChanged ? [...this.#sources.quarantined()] : undefined
      if (last.length > 0 || quarantined || this.#faultsSent !== faults) {
        await this.#post(last, { quarantined, faults: faultCounts() })
      }
      this.#faultsSent = faults
      this.#sending = false
      this.#sendSoon()
    } catch (error) {
      this.#sending = false
      // Sent again with the next report, or after a reconnect.
      for (const id of ids) this.#changed.add(id)
      this.#quarantineChanged ||= quarantineChanged
      this.#sources.log.debug({ err: error }, "a report couldn't be delivered")
    }
  }

  /** Sends reports of load balancers until the rest fits into one request. @returns the rest, each as JSON */
  async #sendAllButLast(ids: string[]): Promise<string[]> {
    let texts: string[] = []
    let characters = 0
    for (const id of ids) {
      if (characters >= REQUEST_CHARACTERS) {
        await this.#post(texts, {})
        texts = []
        characters = 0
      }
      const outcome = await this.#slices.run(this.#jsonOf(id), () => this.#connected)
      if (!outcome?.result) continue
      texts.push(outcome.result)
      characters += outcome.result.length
    }
    return texts
  }

  /** A load balancer's report as JSON; null if it was removed or its report failed. Yields between steps. */
  *#jsonOf(id: string): Generator<void, string | null> {
    const report = this.#reportOf(id)
    if (!report) return null
    yield
    return JSON.stringify(report)
  }

  #reportOf(id: string): LbReport | null {
    const { engine, rejected, saveError } = this.#sources
    try {
      const report = engine.report(id)
      if (!report && !rejected.has(id)) return null
      this.#reported.set(id, engine.activity(id))
      const problems = { rejected: rejected.get(id), not_kept: saveError(id) }
      return { ...(report ?? emptyReport(id)), ...problems }
    } catch (fault) {
      // The other reports are sent. The next round retries this one.
      reportFault(fault, 'report')
      return null
    }
  }

  /** @param lbs reports, each as JSON */
  async #post(lbs: string[], others: Omit<NodeReport, 'lbs'>): Promise<void> {
    const rest = Object.entries(others).flatMap(([name, value]) =>
      value === undefined ? [] : [`,${JSON.stringify(name)}:${JSON.stringify(value)}`],
    )
    const text = `{"lbs":[${lbs.join(',')}]${rest.join('')}}`
    await postJsonText(this.#access, reportPath(this.#sources.worker), text)
  }
}

/** The report of a load balancer that has never applied a configuration. */
function emptyReport(lbId: string): EngineReport {
  const now = new Date().toISOString()
  return {
    lb_id: lbId,
    generation: 0,
    applied_at: now,
    active: false,
    active_since: null,
    listeners: [],
    servers: [],
    counting_since: now,
    problems: [],
    access_log_dropped: 0,
    counters: {
      connections_total: 0,
      connections_current: 0,
      requests_total: 0,
      responses: [0, 0, 0, 0, 0],
      bytes_in: 0,
      bytes_out: 0,
      connect_failures: 0,
      proxy_errors: 0,
      aborted: 0,
      latency: [],
      latency_sum_ms: 0,
    },
    frontend_counters: {},
    backend_counters: {},
    server_counters: {},
  }
}
