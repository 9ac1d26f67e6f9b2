import { isDeepStrictEqual } from 'node:util'
import { contain } from '#lib/process/faults.ts'
import type { DesiredBackend, DesiredHealthCheck } from '#lib/protocol/desired-config.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import type { Server } from '../server.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import { notMade, type Outcome } from './checker.ts'
import { dueChecks } from './due-checks.ts'
import { isTransient, type RiseFallState, riseFall, thresholdOf, UNCHECKED } from './rise-fall.ts'
import { startCheck } from './start-check.ts'

/** What a check changed. `outcome`: what is said of the server, apart from times. */
export type HealthChange = { state: boolean; outcome: boolean }

type Observed = Omit<LbReport['servers'][number], 'backend_id' | 'address'>

/** How much earlier than due a check may run, so that checks that began together drift apart. */
const JITTER = 0.1

/** Whether servers are checked in the same way with both configurations. */
export function checksAlike(one: DesiredBackend, other: DesiredBackend): boolean {
  return (
    isDeepStrictEqual(one.health_check, other.health_check) &&
    one.proxy_protocol === other.proxy_protocol &&
    isDeepStrictEqual(one.tls, other.tls)
  )
}

/** Checks one server time after time, and keeps its state. */
export class HealthMonitor {
  readonly #server: Server
  #onChange: (change: HealthChange) => void = () => {}
  #mark = currentMark()
  #config: DesiredBackend
  #standing: RiseFallState = UNCHECKED
  #since = new Date()
  #reason = 'not checked yet'
  #latency: number | null = null
  #checkedAt: Date | null = null
  #startedAt = 0
  #timer: NodeJS.Timeout | null = null
  /** Whether it is queued to check. */
  #isDue = false
  #cancel: (() => void) | null = null

  /** Checks nothing until it is started. */
  constructor(server: Server, config: DesiredBackend) {
    this.#server = server
    this.#config = config
  }

  /** Checks from now on, under the current mark. */
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
   * Takes a new configuration. What is known stays until a check says otherwise; one runs at once if it changed.
   * @param same whether it checks in the same way as the former one
   */
  update(config: DesiredBackend, same = checksAlike(config, this.#config)): void {
    this.#config = config
    if (same) return
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
      state: this.#standing.state,
      since: this.#since.toISOString(),
      reason: this.#reason,
      streak: this.#standing.streak,
      threshold: thresholdOf(this.#standing.passing, this.#check.retries),
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
    (fault) => this.#onOutcome(notMade(fault)),
  )

  readonly #start = contain(
    'health check',
    () => {
      if (!this.#isDue) return
      this.#isDue = false
      workUnder(this.#mark, () => this.#run())
    },
    (fault) => this.#onOutcome(notMade(fault)),
  )

  /** Schedules the next check even if this one throws. */
  readonly #onOutcome = contain(
    'health check',
    (outcome: Outcome | null) => {
      this.#cancel = null
      if (outcome) this.#record(outcome)
      else this.#schedule(this.#check.delay)
    },
    () => this.#schedule(this.#check.delay),
  )

  #run(): void {
    this.#startedAt = performance.now()
    this.#cancel = startCheck(this.#server.address, this.#config, this.#onOutcome)
  }

  #record({ passed, words }: Outcome): void {
    const before = this.#standing
    const after = riseFall(before, passed, this.#check.retries)
    const state = after.state !== before.state
    const outcome =
      words !== this.#reason || after.streak !== before.streak || after.passing !== before.passing
    this.#standing = after
    this.#reason = words
    this.#checkedAt = new Date()
    const took = performance.now() - this.#startedAt
    this.#latency = Math.round(took * 10) / 10
    if (state) this.#since = this.#checkedAt
    this.#server.state = after.state
    this.#schedule(this.#nextDelay(took))
    this.#onChange({ state, outcome })
  }

  /** The steady delay counts from start to start, the transient one from end to start. */
  #nextDelay(took: number): number {
    const { delay, transient_delay: transient } = this.#check
    if (isTransient(this.#standing)) return Math.min(transient, delay)
    return Math.max(0, delay * (1 - Math.random() * JITTER) - took)
  }
}
