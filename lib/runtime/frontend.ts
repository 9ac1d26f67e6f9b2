import { forEachContained } from '#lib/process/faults.ts'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { FrontendLog } from './access-log/frontend-log.ts'
import type { LogFile } from './access-log/log-file.ts'
import type { Backend, PreparedBackend } from './backend.ts'
import type { ClientSession, SessionFrontend } from './client-session.ts'
import { ConnectionRate } from './connection-rate.ts'
import { HttpSession } from './http/http-session.ts'
import { HttpError } from './http/message/http-error.ts'
import { refuseConnection } from './http/refused-connection.ts'
import type { LbLimits } from './limits/lb-limits.ts'
import { FrontendRules } from './rules/frontend-rules.ts'
import type { CompiledAcls } from './rules/prepared-rules.ts'
import { NO_ACLS } from './rules/prepared-rules.ts'
import { inSlices } from './scheduling/in-slices.ts'
import { FrontendCounters } from './stats/frontend-counters.ts'
import { TcpSession } from './tcp/tcp-session.ts'
import { workUnder } from './watchdog/work-marks.ts'

/** What all frontends of a load balancer share. */
export type LbShared = {
  /** The load balancer's mark (`watchdog/work-marks.ts`). */
  mark: number
  limits: LbLimits
  /** Null if there is no access log. */
  logFile: LogFile | null
}

/** A frontend's next configuration and the objects that it needs, prepared before the swap. */
export type PreparedFrontend = {
  frontend: Frontend
  config: DesiredFrontend
  backend: Backend
  acls: CompiledAcls
  rules: FrontendRules | null
  log: FrontendLog | null
  rate: ConnectionRate | null
  /** The rate limit that `rate` replaces. */
  replacedRate: ConnectionRate | null
  /** Whether sessions speak another protocol than the backend will. */
  changesProtocol: boolean
}

/** A running frontend: accepts the connections of a port. */
export class Frontend implements SessionFrontend {
  config: DesiredFrontend
  backend: Backend
  acls: CompiledAcls = NO_ACLS
  rules: FrontendRules | null = null
  draining = false
  standby = false
  log: FrontendLog | null = null
  readonly counters = new FrontendCounters()
  readonly limits: LbLimits
  readonly #mark: number
  readonly #logFile: LogFile | null
  readonly #sessions = new Set<ClientSession>()
  /** Null if connections are not limited. */
  #rate: ConnectionRate | null = null

  /** A frontend without rules, until `prepare`, `swap` and `startAndRetire` give it some. */
  constructor(config: DesiredFrontend, backend: Backend, shared: LbShared) {
    this.config = config
    this.backend = backend
    this.limits = shared.limits
    this.#mark = shared.mark
    this.#logFile = shared.logFile
  }

  get sessions(): number {
    return this.#sessions.size
  }

  /**
   * Prepares the objects that a configuration needs, and changes nothing that is live.
   * @param own the backend that the configuration names
   * @param backends all backends, for routes
   */
  prepare(
    config: DesiredFrontend,
    own: PreparedBackend,
    backends: ReadonlyMap<string, PreparedBackend>,
    acls: CompiledAcls,
  ): PreparedFrontend {
    const { protocol } = own.config
    const rate = this.#rateFor(config.connection_rate_limit)
    return {
      frontend: this,
      config,
      backend: own.backend,
      acls,
      rules: FrontendRules.of(acls.acls, config.routes, protocol, backends),
      log: config.access_log && this.#logFile ? new FrontendLog(config, this.#logFile) : null,
      rate,
      replacedRate: rate === this.#rate ? null : this.#rate,
      changesProtocol: protocol !== this.backend.config.protocol,
    }
  }

  /** Puts a configuration into effect. Only assigns, so it can't fail. Call `startAndRetire` next. */
  swap(next: PreparedFrontend): void {
    this.config = next.config
    this.backend = next.backend
    this.acls = next.acls
    this.rules = next.rules
    this.log = next.log
    this.#rate = next.rate
  }

  /** Opens connections that a replaced rate limit delayed, and drains sessions of the previous protocol. */
  startAndRetire({ replacedRate, changesProtocol }: PreparedFrontend): void {
    replacedRate?.release()
    if (changesProtocol) this.#drainSessions()
  }

  /** A new connection on its port. */
  accept(handle: TcpHandle): void {
    if (this.#rate) this.#rate.arrive(handle)
    else this.#openMarked(handle)
  }

  sessionEnded(session: ClientSession): void {
    if (!this.#sessions.delete(session)) return
    this.counters.closed()
    this.limits.release()
  }

  /** Accepts nothing new. Requests and connections in progress complete. */
  drain(): void {
    this.draining = true
    this.#drainSessions()
    // To their clients, delayed connections are open already.
    this.#rate?.release()
  }

  /** The process ends. */
  shutDown(): void {
    forEachContained('connection', [...this.#sessions], (session) => session.shutDown())
  }

  #openMarked(handle: TcpHandle): void {
    workUnder(this.#mark, () => this.#open(handle))
  }

  #open(handle: TcpHandle): void {
    const { protocol } = this.backend.config
    if (!this.limits.admit()) {
      this.#refuse(handle, protocol)
      return
    }
    this.counters.opened()
    const Session = protocol === 'http' ? HttpSession : TcpSession
    try {
      this.#sessions.add(new Session(handle, this))
    } catch (fault) {
      this.counters.closed()
      this.limits.release()
      throw fault
    }
  }

  #refuse(handle: TcpHandle, protocol: DesiredBackend['protocol']): void {
    this.counters.limitRefused += 1
    if (protocol === 'http') {
      const error = new HttpError(503, 'The load balancer has as many connections as it may have.')
      this.counters.countResponse(error.status)
      refuseConnection(handle, error)
    } else if (handle.reset() !== 0) handle.close()
  }

  #rateFor(rate: number | null): ConnectionRate | null {
    if (rate === (this.#rate?.rate ?? null)) return this.#rate
    if (rate === null) return null
    return new ConnectionRate(rate, this.counters, (handle) => this.#openMarked(handle))
  }

  #drainSessions(): void {
    inSlices('connection', this.#sessions, (session) => session.drain())
  }
}
