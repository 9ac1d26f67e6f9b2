import type { Logger } from 'pino'
import type { EventBody } from '#lib/core/delivery.ts'
import { problemTexts } from '#lib/core/problem.ts'
import { contain } from '#lib/process/faults.ts'
import { timestamp } from '../clock.ts'
import type { Parts } from '../context.ts'
import type { Term } from '../leadership/term.ts'
import type { StateInput } from '../nodes/observed/lb-status.ts'
import { certificatesOf, problemsOf, quarantineProblems } from '../nodes/observed/problems.ts'
import { stateInput } from '../views/lb-view.ts'
import { type AlertChanges, AlertEvaluator } from './alert-evaluator.ts'
import {
  alertStates,
  backendSubject,
  certificateSubject,
  isCertificate,
  LB_SUBJECT,
  observedServers,
  QUARANTINE_SUBJECT,
  serverSubject,
} from './alerts.ts'
import {
  backendEvent,
  lbErrorEvent,
  lbQuarantinedEvent,
  lbReadyEvent,
  lbUnquarantinedEvent,
  nodeCertificateExpiringEvent,
  nodeCertificateRenewedEvent,
  serversEvent,
} from './events.ts'
import { addEvents } from './outbox.ts'
import { loadWatchedLbs, type WatchedLb } from './watched-lbs.ts'

type Dependencies = Pick<Parts, 'store' | 'commits' | 'fleet' | 'notifications'> & {
  term: Term
  log: Logger
}

/**
 * Evaluates periodically the alerts of load balancers that have a subscriber, and adds events to the outbox. Open alerts are stored
 * in the database, so after a restart no event is repeated or missed.
 */
export class AlertMonitor {
  readonly #dependencies: Dependencies
  readonly #evaluator: AlertEvaluator
  readonly #timer: NodeJS.Timeout
  #watched: WatchedLb[] = []
  /** The number of commits when `#watched` was loaded. */
  #loadedAt = -1
  #polling: Promise<void> | null = null

  constructor(dependencies: Dependencies) {
    const { timing } = dependencies.notifications
    this.#dependencies = dependencies
    this.#evaluator = new AlertEvaluator(timing)
    const onTime = contain('notification', () => {
      this.#polling ??= this.#pollOnce()
    })
    this.#timer = setInterval(onTime, timing.pollMs)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#polling
  }

  async #pollOnce(): Promise<void> {
    try {
      await this.#poll()
    } catch (err) {
      if (!this.#dependencies.term.ended.aborted) {
        this.#dependencies.log.error({ err }, 'alerts could not be evaluated')
      }
    }
    this.#polling = null
  }

  async #poll(): Promise<void> {
    const { commits, store, log } = this.#dependencies
    if (this.#loadedAt !== commits.count) {
      const count = commits.count
      this.#watched = await loadWatchedLbs(store.reader)
      this.#evaluator.keepOnly(new Set(this.#watched.map(({ lb }) => lb.id)))
      this.#loadedAt = count
    }
    const now = performance.now()
    for (const watched of this.#watched) {
      try {
        await this.#evaluate(watched, now)
      } catch (err) {
        // The alerts of other load balancers don't depend on this one.
        log.error({ err, lb_id: watched.lb.id }, "a load balancer's alerts could not be evaluated")
      }
    }
  }

  async #evaluate(watched: WatchedLb, now: number): Promise<void> {
    const { lb, address, rules, openAlerts } = watched
    const state = stateInput(lb, address, this.#dependencies.fleet)
    const states = alertStates(state, rules.backends)
    const changes = this.#evaluator.evaluate(now, lb.id, states, openAlerts)
    const { fired, resolved, removed } = changes
    if (fired.length + resolved.length + removed.length === 0) return
    const own = { ...changes, ...this.#withoutKnown(watched, changes) }
    await this.#store(watched, changes, eventsOf(watched, state, own, timestamp()))
    this.#evaluator.markNotified(now, lb.id, changes)
  }

  /**
   * A subscriber hears of a host once, however many of its load balancers are on it: with the first one that its alert fires for, and with the
   * last one that it is resolved for.
   */
  #withoutKnown(
    { lb }: WatchedLb,
    { fired, resolved }: AlertChanges,
  ): Pick<AlertChanges, 'fired' | 'resolved'> {
    const others = this.#watched.filter(
      (one) => one.lb.id !== lb.id && one.lb.subscriber_id === lb.subscriber_id,
    )
    const isKnown = (subject: string) =>
      isCertificate(subject) && others.some(({ openAlerts }) => openAlerts.has(subject))
    return {
      fired: fired.filter((subject) => !isKnown(subject)),
      resolved: resolved.filter((subject) => !isKnown(subject)),
    }
  }

  /** Stores the open alerts and the events in one transaction. */
  async #store(watched: WatchedLb, changes: AlertChanges, events: EventBody[]): Promise<void> {
    const { lb, openAlerts } = watched
    const since = timestamp()
    const closed = [...changes.resolved, ...changes.removed]
    await this.#dependencies.store.transaction(
      this.#dependencies.term.authority,
      async (writer) => {
        const row = await writer
          .selectFrom('lbs')
          .select('subscriber_id')
          .where('id', '=', lb.id)
          .executeTakeFirst()
        // A new subscriber starts without open alerts, at the next evaluation.
        if (!row || row.subscriber_id !== lb.subscriber_id || row.subscriber_id === null) return
        for (const subject of changes.fired) {
          await writer.insertInto('alerts').values({ lb_id: lb.id, subject, since }).execute()
        }
        for (const subject of closed) {
          await writer
            .deleteFrom('alerts')
            .where('lb_id', '=', lb.id)
            .where('subject', '=', subject)
            .execute()
        }
        await addEvents(writer, row.subscriber_id, events)
      },
    )
    for (const subject of changes.fired) openAlerts.add(subject)
    for (const subject of closed) openAlerts.delete(subject)
  }
}

/** The events of alert changes: fired alerts first, from the load balancer down; resolved ones last, in reverse. */
function eventsOf(
  watched: WatchedLb,
  state: StateInput,
  changes: AlertChanges,
  at: string,
): EventBody[] {
  const { lb, rules } = watched
  const fired = new Set(changes.fired)
  const resolved = new Set(changes.resolved)
  const servers = (type: 'servers.down' | 'servers.up', subjects: Set<string>) => {
    const listed = serversAmong(watched, state, subjects)
    return listed.length > 0 ? [serversEvent(lb, at, type, listed)] : []
  }
  const backends = (type: 'backend.down' | 'backend.up', subjects: Set<string>) =>
    rules.backends
      .filter(({ id }) => subjects.has(backendSubject(id)))
      .map(({ id, name }) => backendEvent(lb, at, type, { id, name }))
  const problems = () =>
    problemTexts(problemsOf({ ...state, id: lb.id, name: lb.name, master: lb.master }, rules))
  const quarantines = () => problemTexts(quarantineProblems(state))
  const certificates = (subjects: Set<string>) =>
    certificatesOf(state).filter(({ node }) => subjects.has(certificateSubject(node.id)))
  return [
    ...(fired.has(LB_SUBJECT) ? [lbErrorEvent(lb, at, problems())] : []),
    ...(fired.has(QUARANTINE_SUBJECT) ? [lbQuarantinedEvent(lb, at, quarantines())] : []),
    ...certificates(fired).flatMap(({ problem }) =>
      problem ? [nodeCertificateExpiringEvent(lb, at, problem)] : [],
    ),
    ...backends('backend.down', fired),
    ...servers('servers.down', fired),
    ...servers('servers.up', resolved),
    ...backends('backend.up', resolved),
    ...certificates(resolved).map(({ node }) => nodeCertificateRenewedEvent(lb, at, node)),
    ...(resolved.has(QUARANTINE_SUBJECT) ? [lbUnquarantinedEvent(lb, at)] : []),
    ...(resolved.has(LB_SUBJECT) ? [lbReadyEvent(lb, at)] : []),
  ]
}

function serversAmong({ rules }: WatchedLb, state: StateInput, subjects: Set<string>) {
  const all = observedServers(state)
  return rules.backends.flatMap(({ id, name, servers }) =>
    servers
      .filter((address) => subjects.has(serverSubject(id, address)))
      .map((address) => {
        const observed = all.get(serverSubject(id, address))
        return {
          backend_id: id,
          backend_name: name,
          address,
          reason: observed?.reason ?? '',
          since: observed?.since ?? null,
        }
      }),
  )
}
