import type { Logger } from 'pino'
import type { EventBody } from '#lib/core/delivery.ts'
import { contain } from '#lib/process/faults.ts'
import { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { Parts as AllParts } from '../context.ts'
import type { StateInput } from '../nodes/observed/lb-status.ts'
import { problemsOf, quarantineProblems } from '../nodes/observed/problems.ts'
import { stateInput } from '../views/lb-view.ts'
import { type AlertChanges, AlertEvaluator } from './alert-evaluator.ts'
import {
  alertStates,
  backendSubject,
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
  serversEvent,
} from './events.ts'
import { addEvents } from './outbox.ts'
import { loadWatchedLbs, type WatchedLb } from './watched-lbs.ts'

type Parts = Pick<AllParts, 'store' | 'commits' | 'fleet' | 'notifications'> & { log: Logger }

/**
 * Looks from time to time at what nodes report of the load balancers that have a subscriber, and writes events down where it
 * is other than what was told. What was told is kept in the database, so nothing is told twice, or missed, over a restart.
 */
export class HealthEvents {
  readonly #parts: Parts
  readonly #watch: AlertEvaluator
  readonly #timer: NodeJS.Timeout
  #watched: WatchedLb[] = []
  /** The commit as of which they were read. */
  #readAt = -1
  #looking: Promise<void> | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    this.#watch = new AlertEvaluator(parts.notifications.timing)
    const onTime = contain('notification', () => {
      this.#looking ??= this.#lookOnce()
    })
    this.#timer = setInterval(onTime, parts.notifications.timing.lookMs)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  async #lookOnce(): Promise<void> {
    try {
      await this.#look()
    } catch (err) {
      this.#parts.log.error({ err }, "events couldn't be written down")
    }
    this.#looking = null
  }

  async #look(): Promise<void> {
    const { commits, store } = this.#parts
    if (this.#readAt !== commits.count) {
      const count = commits.count
      this.#watched = await loadWatchedLbs(store.reader)
      this.#watch.keepOnly(new Set(this.#watched.map(({ lb }) => lb.id)))
      this.#readAt = count
    }
    const now = performance.now()
    for (const watched of this.#watched) {
      try {
        await this.#lookAt(watched, now)
      } catch (err) {
        // One failure doesn't stop the events of other load balancers.
        this.#parts.log.error({ err, lb_id: watched.lb.id }, "events couldn't be written down")
      }
    }
  }

  async #lookAt(watched: WatchedLb, now: number): Promise<void> {
    const { lb, address, rules, troubles } = watched
    const state = stateInput(lb, address, this.#parts.fleet)
    const news = this.#watch.look(now, lb.id, alertStates(state, rules.backends), troubles)
    if (news.began.length + news.ended.length + news.gone.length === 0) return
    await this.#note(watched, state, news)
    this.#watch.told(now, lb.id, news)
  }

  /** Events and what is told from now on, in one transaction. */
  async #note(watched: WatchedLb, state: StateInput, news: AlertChanges): Promise<void> {
    const { lb, troubles } = watched
    const at = timestamp()
    const events = eventsOf(watched, state, news, at)
    await this.#parts.store.transaction(Authority.system, async (writer) => {
      const row = await writer
        .selectFrom('lbs')
        .select('subscriber_id')
        .where('id', '=', lb.id)
        .executeTakeFirst()
      // Somebody else is told now, and hears of everything anew.
      if (!row || row.subscriber_id !== lb.subscriber_id || row.subscriber_id === null) return
      for (const subject of news.began) {
        await writer.insertInto('troubles').values({ lb_id: lb.id, subject, since: at }).execute()
      }
      for (const subject of [...news.ended, ...news.gone]) {
        await writer
          .deleteFrom('troubles')
          .where('lb_id', '=', lb.id)
          .where('subject', '=', subject)
          .execute()
      }
      await addEvents(writer, row.subscriber_id, events)
    })
    for (const subject of news.began) troubles.add(subject)
    for (const subject of [...news.ended, ...news.gone]) troubles.delete(subject)
  }
}

/** What a subscriber is told of news: what is worst first, what is best last. */
function eventsOf(
  watched: WatchedLb,
  state: StateInput,
  news: AlertChanges,
  at: string,
): EventBody[] {
  const { lb, rules } = watched
  const began = new Set(news.began)
  const ended = new Set(news.ended)
  const servers = (type: 'servers.down' | 'servers.up', subjects: Set<string>) => {
    const listed = serversAmong(watched, state, subjects)
    return listed.length > 0 ? [serversEvent(lb, at, type, listed)] : []
  }
  const ofBackends = (type: 'backend.down' | 'backend.up', subjects: Set<string>) =>
    rules.backends
      .filter(({ id }) => subjects.has(backendSubject(id)))
      .map(({ id, name }) => backendEvent(lb, at, type, { id, name }))
  return [
    ...(began.has(LB_SUBJECT)
      ? [
          lbErrorEvent(
            lb,
            at,
            problemsOf({ ...state, master: lb.master, region: lb.region }, rules),
          ),
        ]
      : []),
    ...(began.has(QUARANTINE_SUBJECT)
      ? [lbQuarantinedEvent(lb, at, quarantineProblems({ ...state, region: lb.region }))]
      : []),
    ...ofBackends('backend.down', began),
    ...servers('servers.down', began),
    ...servers('servers.up', ended),
    ...ofBackends('backend.up', ended),
    ...(ended.has(QUARANTINE_SUBJECT) ? [lbUnquarantinedEvent(lb, at)] : []),
    ...(ended.has(LB_SUBJECT) ? [lbReadyEvent(lb, at)] : []),
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
