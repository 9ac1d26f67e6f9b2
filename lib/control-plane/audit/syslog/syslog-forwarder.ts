import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Authority } from '../../authority/authority.ts'
import { feedAfter, feedEnd } from '../../services/audit/audit-feed.ts'
import { Signal } from '../../store/signal.ts'
import type { Store } from '../../store/store.ts'
import { MESSAGE_MAX, sendSyslog } from './send-syslog.ts'
import { syslogMessage } from './syslog-message.ts'
import { type SyslogTarget, targetName } from './syslog-target.ts'

/** What is written within this time is sent together. */
const GATHER_MS = 200
/** How often it looks without having been woken. */
const LOOK_MS = 60_000
/** How long it waits after the first failure, and at most; doubled with each. */
const RETRY_MS = 1000
const RETRY_MAX_MS = 60_000

/** In the table of settings: the cursor of the last line that has been received; "" for none yet. */
const CURSOR = 'audit_syslog_cursor'

type Parts = {
  store: Store
  /** Tells of changes, and of lines of the audit. */
  signals: readonly Signal[]
  target: SyslogTarget
  log: Logger
}

/**
 * Sends the audit to a syslog receiver, line by line in the order in which it is written. What is to be sent waits in the
 * database, so a receiver may be away for as long as lines are kept. Where it had got to is stored after each batch: after a
 * crash, the last batch may come twice.
 */
export class SyslogForwarder {
  readonly #parts: Parts
  readonly #stopping = new AbortController()
  readonly #wake = new Signal()
  readonly #unsubscribe: (() => void)[]
  readonly #running: Promise<void>
  #cursor: string | null
  #failures = 0

  private constructor(parts: Parts, cursor: string | null) {
    this.#parts = parts
    this.#cursor = cursor
    const notify = () => this.#wake.notify()
    this.#unsubscribe = parts.signals.map((signal) => signal.subscribe(notify))
    this.#running = this.#run()
  }

  /** The first time it begins with what is written from now on, later where it had got to. */
  static async start(parts: Parts): Promise<SyslogForwarder> {
    const stored = await readCursor(parts.store)
    if (stored !== null) return new SyslogForwarder(parts, stored || null)
    const end = await feedEnd(parts.store.reader)
    const forwarder = new SyslogForwarder(parts, end)
    await forwarder.#saveCursor(end ?? '')
    return forwarder
  }

  /** Resolves when nothing is sent any more. What was cut off is sent at the next start. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#stopping.abort()
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
      await this.#wake.after(seen, LOOK_MS, signal)
      await pause(GATHER_MS, signal)
    }
  }

  /** @returns whether there was anything to send */
  async #sendPage(): Promise<boolean> {
    const { store, target, log } = this.#parts
    const page = await feedAfter(store.reader, this.#cursor)
    const last = page.at(-1)
    if (!last) return false
    const messages = page.map((line) => syslogMessage(line, MESSAGE_MAX[target.transport]))
    await sendSyslog(target, messages, this.#stopping.signal)
    this.#cursor = last.cursor
    if (this.#failures > 0)
      log.info({ target: targetName(target) }, 'syslog receives the audit log again')
    this.#failures = 0
    await this.#saveCursor(last.cursor)
    return true
  }

  /** Logs an outage once, and waits before the next attempt. */
  async #waitAfter(err: unknown): Promise<void> {
    const { target, log } = this.#parts
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
      await this.#parts.store.transaction(Authority.system, (writer) =>
        writer
          .insertInto('settings')
          .values({ key: CURSOR, value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute(),
      )
    } catch (err) {
      this.#parts.log.error(
        { err },
        'the position in the audit log that syslog has reached could not be stored',
      )
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
