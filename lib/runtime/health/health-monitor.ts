import { isDeepStrictEqual } from 'node:util'
import { contain } from '#lib/process/faults.ts'
import type { DesiredBackend, DesiredHealthCheck } from '#lib/protocol/desired-config.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import type { Server } from '../server.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import { type CheckResult, couldNotRun } from './checker.ts'
import { dueChecks } from './due-checks.ts'
import { isTransient, type RiseFallState, riseFall, thresholdOf, UNCHECKED } from './rise-fall.ts'
import { startCheck } from './start-check.ts'

/** What a check changed: the server's state, or its reason, streak or last result. */
export type HealthChange = { state: boolean; result: boolean }

type Observed = Omit<LbReport['servers'][number], 'backend_id' | 'address'>

/** Share of the delay by which a check may run early, so that checks that started together spread out. */
const JITTER = 0.1

/** Whether both configurations check servers in the same way. */
export function hasSameCheck(one: DesiredBackend, other: DesiredBackend): boolean {
  return (
    isDeepStrictEqual(one.health_check, other.health_check) &&
    one.proxy_protocol === other.proxy_protocol &&
    isDeepStrictEqual(one.tls, other.tls)
  )
}

/** Checks one server periodically, and keeps its state. */
export class HealthMonitor {
  readonly #server: Server
  #onChange: (change: HealthChange) => void = () => {}
  #mark = currentMark()
  #config: DesiredBackend
  #riseFall: RiseFallState = UNCHECKED
  #since = new Date()
  #reason = 'not checked yet'
  #latency: number | null = null
  #checkedAt: Date | null = null
  #startedAt = 0
  #timer: NodeJS.Timeout | null = null
  /** Whether its next check is queued. */
  #isDue = false
  #cancel: (() => void) | null = null

  constructor(server: Server, config: DesiredBackend) {
    this.#server = server
    this.#config = config
  }

  /** Starts checking, under the current mark. */
  start(config: DesiredBackend, onChange: (change: HealthChange) => void): void {
    this.#config = config
    this.#onChange = onChange
    this.#mark = currentMark()
    this.#checkSoon()
  }

  get #check(): DesiredHealthCheck {
    return this.#config.health_check
  }

  /**
   * Applies a new configuration. The state stays until a check changes it. If the check changed, it runs at once.
   * @param isSame whether the check is the same as before
   */
  update(config: DesiredBackend, isSame = hasSameCheck(config, this.#config)): void {
    this.#config = config
    if (isSame) return
    this.stop()
    this.#checkSoon()
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#cancel?.()
    this.#isDue = false
    this.#timer = null
    this.#cancel = null
  }

  observed(): Observed {
    return {
      state: this.#riseFall.state,
      since: this.#since.toISOString(),
      reason: this.#reason,
      streak: this.#riseFall.streak,
      threshold: thresholdOf(this.#riseFall.passing, this.#check.retries),
      latency_ms: this.#latency,
      checked_at: this.#checkedAt?.toISOString() ?? null,
    }
  }

  #checkSoon(): void {
    this.#isDue = true
    dueChecks.addLater(this.#start)
  }

  #schedule(delay: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#onDue, delay)
  }

  readonly #onDue = contain(
    'health check',
    () => {
      this.#isDue = true
      dueChecks.add(this.#start)
    },
    (fault) => this.#onResult(couldNotRun(fault)),
  )

  readonly #start = contain(
    'health check',
    () => {
      if (!this.#isDue) return
      this.#isDue = false
      workUnder(this.#mark, () => this.#run())
    },
    (fault) => this.#onResult(couldNotRun(fault)),
  )

  /** Schedules the next check even if this one throws. */
  readonly #onResult = contain(
    'health check',
    (result: CheckResult | null) => {
      this.#cancel = null
      if (result) this.#record(result)
      else this.#schedule(this.#check.delay)
    },
    () => this.#schedule(this.#check.delay),
  )

  #run(): void {
    this.#startedAt = performance.now()
    this.#cancel = startCheck(this.#server.address, this.#config, this.#onResult)
  }

  #record({ passed, reason }: CheckResult): void {
    const before = this.#riseFall
    const after = riseFall(before, passed, this.#check.retries)
    const state = after.state !== before.state
    const result =
      reason !== this.#reason || after.streak !== before.streak || after.passing !== before.passing
    this.#riseFall = after
    this.#reason = reason
    this.#checkedAt = new Date()
    const elapsedMs = performance.now() - this.#startedAt
    this.#latency = Math.round(elapsedMs * 10) / 10
    if (state) this.#since = this.#checkedAt
    this.#server.state = after.state
    this.#schedule(this.#nextDelay(elapsedMs))
    this.#onChange({ state, result })
  }

  /** The delay counts from the start of the last check, the transient delay from its end. */
  #nextDelay(elapsedMs: number): number {
    const { delay, transient_delay: transient } = this.#check
    if (isTransient(this.#riseFall)) return Math.min(transient, delay)
    return Math.max(0, delay * (1 - Math.random() * JITTER) - elapsedMs)
  }
}
