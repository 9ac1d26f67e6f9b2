import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Term } from '../../leadership/term.ts'
import { TermEnded } from '../../leadership/term-ended.ts'
import { feedAfter, feedEnd } from '../../services/audit/audit-feed.ts'
import { Signal } from '../../store/signal.ts'
import type { Store } from '../../store/store.ts'
import { MESSAGE_MAX, sendSyslog } from './send-syslog.ts'
import { syslogMessage } from './syslog-message.ts'
import { type SyslogTarget, targetName } from './syslog-target.ts'

/** Lines within this time are sent in one batch. */
const GATHER_MS = 200
/** How often it polls without a signal: other processes write lines too. */
const POLL_MS = 5000
/** How long a batch may go on when the forwarder stops. Milliseconds. */
const FINISH_MS = 1000
/** The backoff after the first failure, doubled with each, and its maximum. */
const RETRY_MS = 1000
const RETRY_MAX_MS = 60_000

/** The key in the settings table: the cursor of the last received line; "" for none yet. */
const CURSOR = 'audit_syslog_cursor'

type Dependencies = {
  store: Store
  term: Term
  /** Notified of changes and of audit lines. */
  signals: readonly Signal[]
  target: SyslogTarget
  log: Logger
}

/**
 * Sends the audit log to a syslog receiver, in the order in which lines are written. Unsent lines stay in the database, so the
 * receiver can be down for as long as lines are kept. The cursor is stored after each batch: after a crash, the last batch may be
 * sent twice.
 */
export class SyslogForwarder {
  readonly #dependencies: Dependencies
  readonly #stopping = new AbortController()
  /** Aborts a batch that is being sent. */
  readonly #aborting = new AbortController()
  readonly #wake = new Signal()
  readonly #unsubscribe: (() => void)[]
  readonly #running: Promise<void>
  #cursor: string | null
  #failures = 0

  private constructor(dependencies: Dependencies, cursor: string | null) {
    this.#dependencies = dependencies
    this.#cursor = cursor
    const notify = () => this.#wake.notify()
    this.#unsubscribe = dependencies.signals.map((signal) => signal.subscribe(notify))
    this.#running = this.#run()
  }

  /** Starts at the stored cursor; the first time, with the next line. */
  static async start(dependencies: Dependencies): Promise<SyslogForwarder> {
    const stored = await readCursor(dependencies.store)
    if (stored !== null) return new SyslogForwarder(dependencies, stored || null)
    const end = await feedEnd(dependencies.store.reader)
    const forwarder = new SyslogForwarder(dependencies, end)
    await forwarder.#saveCursor(end ?? '')
    return forwarder
  }

  /** Lets the current batch end for a moment, then aborts it, so that it is sent again at the next start. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#stopping.abort()
    await Promise.race([this.#running, pause(FINISH_MS, this.#dependencies.term.ended)])
    this.#aborting.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const seen = this.#wake.count
      try {
        if (await this.#sendPage()) continue
      } catch (error) {
        if (signal.aborted) return
        await this.#waitAfter(error)
        continue
      }
      await this.#wake.after(seen, POLL_MS, signal)
      await pause(GATHER_MS, signal)
    }
  }

  /** @returns whether there were lines to send */
  async #sendPage(): Promise<boolean> {
    const { store, target, term, log } = this.#dependencies
    const page = await feedAfter(store.reader, this.#cursor)
    const last = page.at(-1)
    if (!last) return false
    // Checked by every page, because the process may have hung since the last one.
    if (!term.isCertain()) throw new TermEnded()
    const messages = page.map((line) => syslogMessage(line, MESSAGE_MAX[target.transport]))
    const signal = AbortSignal.any([this.#aborting.signal, term.ended])
    await sendSyslog(target, messages, signal)
    this.#cursor = last.cursor
    if (this.#failures > 0)
      log.info({ target: targetName(target) }, 'syslog receives the audit log again')
    this.#failures = 0
    await this.#saveCursor(last.cursor)
    return true
  }

  /** Logs an outage once, and waits before the next attempt. */
  async #waitAfter(err: unknown): Promise<void> {
    const { target, log } = this.#dependencies
    if (err instanceof TermEnded) return pause(GATHER_MS, this.#stopping.signal)
    if (this.#failures === 0) {
      const message = 'the audit log could not be sent to syslog; retrying'
      log.error({ err, target: targetName(target) }, message)
    }
    const ms = Math.min(RETRY_MS * 2 ** this.#failures, RETRY_MAX_MS)
    this.#failures += 1
    await pause(ms, this.#stopping.signal)
  }

  async #saveCursor(value: string): Promise<void> {
    try {
      await this.#dependencies.store.transaction(this.#dependencies.term.authority, (writer) =>
        writer
          .insertInto('settings')
          .values({ key: CURSOR, value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute(),
      )
    } catch (err) {
      if (err instanceof TermEnded) throw err
      this.#dependencies.log.error({ err }, 'the cursor of the syslog export could not be stored')
    }
  }
}

async function readCursor({ reader }: Store): Promise<string | null> {
  const query = reader.selectFrom('settings').select('value').where('key', '=', CURSOR)
  return (await query.executeTakeFirst())?.value ?? null
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
