import { setTimeout as after } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { Authority } from '../authority/authority.ts'
import type { LeaderConnection } from '../store/dialect/leader-connection.ts'
import type { Store } from '../store/store.ts'
import { ElectedTerm, LEASE_MS } from './elected-term.ts'
import { newHolder } from './holder.ts'
import { RunningTasks } from './running-tasks.ts'
import type { LeaderTask } from './term.ts'

/** How often the leader renews, and the others try to take its lock. Milliseconds. */
const RENEW_MS = 200
const ATTEMPT_MS = 200
/** How long the connection of a deposed leader takes to end, milliseconds. */
const DEPOSED_MS = 20
/** A leader that has not renewed for this time is deposed. Milliseconds. */
const SILENCE_MS = 2000
/** The delay before another attempt after a failure. Milliseconds. */
const RETRY_MS = 100
/** How long tasks have to finish what is in progress when the process stops. Milliseconds. */
const STOP_MS = 2000

type Parts = {
  store: Store
  connect: () => Promise<LeaderConnection>
  tasks: readonly LeaderTask[]
  log: Logger
  /** Of this process, in the table `replicas`. */
  replicaId: string
}

/** This process's part in the election of the leader: it tries until it wins, performs the tasks until the term ends, and tries again. */
export class Candidacy {
  readonly #parts: Parts
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>
  #isFailing = false

  constructor(parts: Parts) {
    this.#parts = parts
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#done = promise
    detach('process', () => this.#run().finally(resolve))
  }

  /** Ends the term, if there is one, and leaves the leadership to others. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#done
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const connection = await this.#parts.connect()
        await this.#stand(connection).finally(() => connection.close())
      } catch (err) {
        if (this.#stopping.signal.aborted) return
        if (!this.#isFailing) this.#parts.log.warn({ err }, 'no leader can be elected; retrying')
        this.#isFailing = true
        await this.#pause(RETRY_MS)
      }
    }
  }

  async #stand(connection: LeaderConnection): Promise<void> {
    const won = await this.#win(connection)
    if (!won) return
    const holder = newHolder(this.#parts.replicaId)
    const term = new ElectedTerm(holder)
    await this.#renewedMeanwhile(connection, () => this.#begin(holder, won))
    if (this.#stopping.signal.aborted) await connection.resign(holder)
    else await this.#lead(connection, holder, term)
  }

  /** Tries until the lock is taken. @returns null if this process stops */
  async #win(connection: LeaderConnection): Promise<{ mustWait: boolean } | null> {
    let seen = -1
    let since = performance.now()
    let deposedAt = -SILENCE_MS
    while (!this.#stopping.signal.aborted) {
      const askedAt = performance.now()
      const { isTaken, isVacant, renewals } = await connection.attempt()
      const isSilent = renewals === seen && askedAt - since >= SILENCE_MS
      if (isTaken) return { mustWait: !isVacant && !isSilent }
      this.#isFailing = false
      if (renewals !== seen) {
        seen = renewals
        since = performance.now()
      }
      if (isSilent && askedAt - deposedAt >= SILENCE_MS) {
        this.#parts.log.warn('the leader does not renew; ending its connection')
        await connection.depose(renewals)
        deposedAt = performance.now()
      }
      await this.#pause(isSilent ? DEPOSED_MS : ATTEMPT_MS, connection.ended)
    }
    return null
  }

  /** Waits until the former leader can't act any more, and begins a term. */
  async #begin(holder: string, { mustWait }: { mustWait: boolean }): Promise<void> {
    if (mustWait) await this.#pause(LEASE_MS)
    if (this.#stopping.signal.aborted) return
    await this.#parts.store.transaction(Authority.system, (writer) =>
      writer.updateTable('leadership').set({ term: sql<number>`term + 1`, holder }).execute(),
    )
  }

  /** Renews while `work` is in progress, so that nobody deposes this process. */
  async #renewedMeanwhile(connection: LeaderConnection, work: () => Promise<void>): Promise<void> {
    const finished = new AbortController()
    const renew = async () => {
      while (!finished.signal.aborted) {
        await connection.renew()
        await this.#pause(RENEW_MS, finished.signal)
      }
    }
    const renewing = renew()
    try {
      await Promise.all([renewing, work().finally(() => finished.abort())])
    } finally {
      finished.abort()
      await renewing.catch(() => {})
    }
  }

  async #lead(connection: LeaderConnection, holder: string, term: ElectedTerm): Promise<void> {
    const { tasks, log } = this.#parts
    if (!(await renewed(connection, holder, term))) return
    this.#isFailing = false
    log.info('this control plane is the leader')
    const running = new RunningTasks(tasks, term, log)
    const onEnd = contain('process', () => term.end())
    connection.ended.addEventListener('abort', onEnd)
    const renewing = this.#renewUntilEnd(connection, holder, term)
    await Promise.race([renewing, aborted(this.#stopping.signal)])
    if (this.#stopping.signal.aborted && !term.ended.aborted) {
      await Promise.race([running.stop(), renewing, after(STOP_MS, undefined, { ref: false })])
    }
    const isOver = term.ended.aborted
    term.end()
    await Promise.all([running.stop(), renewing])
    if (!isOver) await connection.resign(holder)
    log.info({ resigned: !isOver }, 'this control plane is not the leader any more')
  }

  /** Resolves when the term has ended, also if the connection has failed. */
  async #renewUntilEnd(
    connection: LeaderConnection,
    holder: string,
    term: ElectedTerm,
  ): Promise<void> {
    try {
      while (!term.ended.aborted) {
        await after(RENEW_MS, undefined, { signal: term.ended, ref: false }).catch(() => {})
        if (term.ended.aborted || !(await renewed(connection, holder, term))) return
      }
    } catch (err) {
      this.#parts.log.warn({ err }, 'the leadership is lost with the connection to the database')
    } finally {
      term.end()
    }
  }

  async #pause(ms: number, ...signals: AbortSignal[]): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, ...signals])
    await after(ms, undefined, { signal, ref: false }).catch(() => {})
  }
}

async function renewed(
  connection: LeaderConnection,
  holder: string,
  term: ElectedTerm,
): Promise<boolean> {
  const sentAt = performance.now()
  const isCurrent = await connection.renewTerm(holder)
  if (isCurrent) term.renewed(sentAt)
  return isCurrent
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = contain(
      'process',
      () => resolve(),
      () => resolve(),
    )
    signal.addEventListener('abort', done)
  })
}
