import { forEachContained } from '#lib/process/faults.ts'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { FrontendLog } from './access-log/frontend-log.ts'
import type { LogFile } from './access-log/log-file.ts'
import type { Backend } from './backend.ts'
import type { ClientSession, SessionFrontend } from './client-session.ts'
import { ConnectionRate } from './connection-rate.ts'
import { HttpSession } from './http/http-session.ts'
import { HttpError } from './http/message/http-error.ts'
import { refuseConnection } from './http/refused-connection.ts'
import type { LbLimits } from './limits/lb-limits.ts'
import type { CompiledAcls } from './rules/acl.ts'
import { FrontendRules } from './rules/frontend-rules.ts'
import { inSlices } from './scheduling/in-slices.ts'
import type { TcpHandle } from './sockets/tcp-handle.ts'
import { FrontendCounters } from './stats/frontend-counters.ts'
import { TcpSession } from './tcp/tcp-session.ts'
import { currentMark, workUnder } from './watchdog/work-marks.ts'

/** A frontend that runs: where a port's connections go. */
export class Frontend implements SessionFrontend {
  config: DesiredFrontend
  /** Where new connections and, in HTTP mode, new requests go, unless a route says otherwise. */
  backend: Backend
  /** Its ACLs, compiled. */
  acls: CompiledAcls
  /** Null where there are none. */
  rules: FrontendRules | null
  draining = false
  standby = false
  /** Null where no access log is kept. */
  log: FrontendLog | null = null
  readonly counters = new FrontendCounters()
  readonly limits: LbLimits
  readonly #mark = currentMark()
  readonly #logFile: LogFile | null
  readonly #sessions = new Set<ClientSession>()
  /** Null where connections are let in as they come. */
  #rate: ConnectionRate | null = null
  #protocol: DesiredBackend['protocol']

  /**
   * @param backend its own
   * @param backends all, for its routes
   * @param acls its ACLs, compiled
   * @param shared what all frontends of the load balancer have in common; without a file there is no access log
   */
  constructor(
    config: DesiredFrontend,
    backend: Backend,
    backends: ReadonlyMap<string, Backend>,
    acls: CompiledAcls,
    shared: { limits: LbLimits; logFile: LogFile | null },
  ) {
    this.config = config
    this.backend = backend
    this.acls = acls
    this.rules = FrontendRules.of(acls.acls, config.routes, backend, backends)
    this.#protocol = backend.config.protocol
    this.limits = shared.limits
    this.#logFile = shared.logFile
    this.#keepLog()
    this.#limitRate()
  }

  get sessions(): number {
    return this.#sessions.size
  }

  /** Takes a new configuration; connections stay, and what they ask next follows it. */
  update(
    config: DesiredFrontend,
    backend: Backend,
    backends: ReadonlyMap<string, Backend>,
    acls: CompiledAcls,
  ): void {
    this.config = config
    this.backend = backend
    this.acls = acls
    this.rules = FrontendRules.of(acls.acls, config.routes, backend, backends)
    this.#keepLog()
    this.#limitRate()
    const { protocol } = backend.config
    if (protocol === this.#protocol) return
    this.#protocol = protocol
    this.#drainSessions()
  }

  /** A new connection on its port. */
  accept(handle: TcpHandle): void {
    if (this.#rate) this.#rate.arrive(handle)
    else this.#openMarked(handle)
  }

  /** A session is over. */
  sessionEnded(session: ClientSession): void {
    if (!this.#sessions.delete(session)) return
    this.counters.closed()
    this.limits.release()
  }

  /** Takes nothing new; what is in progress completes. */
  drain(): void {
    this.draining = true
    this.#drainSessions()
    // They are connected as far as their clients know.
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

  #keepLog(): void {
    const { config } = this
    this.log = config.access_log && this.#logFile ? new FrontendLog(config, this.#logFile) : null
  }

  #limitRate(): void {
    const { connection_rate_limit: rate } = this.config
    if (rate === (this.#rate?.rate ?? null)) return
    this.#rate?.release()
    this.#rate =
      rate === null
        ? null
        : new ConnectionRate(rate, this.counters, (handle) => this.#openMarked(handle))
  }

  #drainSessions(): void {
    inSlices('connection', this.#sessions, (session) => session.drain())
  }
}
