import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Client } from 'pg'
import { contain, detach } from '#lib/process/faults.ts'
import { DatabaseProblem } from '../../database-problem.ts'
import type { Signal } from '../../signal.ts'
import type { PostgresConnection } from './postgres-connection.ts'

const CHANNEL = 'fairlead_commits'
/** Commits whose notification was lost are found after this time. Milliseconds. */
const POLL_MS = 1000
const RECONNECT_MS = 200

const NEWEST = `select (select max(id) from changes) as change, (select max(id) from row_log) as row_change`

/** A connection that is kept, and what it emits notifications on. */
export type Listener = { connection: PostgresConnection; client: Client }

/**
 * Exchanges signals of commits between control planes, on one connection: with LISTEN and NOTIFY, and by a query every second in case a
 * notification is lost. Commits that follow each other at once are announced once.
 */
export class SharedCommits {
  readonly #id = randomUUID()
  readonly #commits: Signal
  readonly #connect: () => Promise<Listener>
  readonly #stop = new AbortController()
  readonly #unsubscribe: () => void
  readonly #done: Promise<void>
  #connection: PostgresConnection | null = null
  /** The queries of the connection, one after the other. */
  #queries: Promise<unknown> = Promise.resolve()
  #isRelaying = false
  #isAnnouncing = false
  #newest = ''

  constructor(commits: Signal, connect: () => Promise<Listener>) {
    this.#commits = commits
    this.#connect = connect
    this.#unsubscribe = commits.subscribe(() => {
      if (!this.#isRelaying) this.#announce()
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#done = promise
    detach('configuration', () => this.#follow().finally(resolve))
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort()
    this.#connection?.close()
    await this.#done
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#followOnce()
      } catch (error) {
        if (!(error instanceof DatabaseProblem) && !signal.aborted) throw error
      }
      await this.#pause(RECONNECT_MS)
    }
  }

  /** Follows until the connection ends. */
  async #followOnce(): Promise<void> {
    const { connection, client } = await this.#connect()
    const onNotification = contain('configuration', ({ payload }: { payload?: string }) => {
      if (payload !== this.#id) this.#relay()
    })
    client.on('notification', onNotification)
    try {
      await connection.query(`listen ${CHANNEL}`)
      // Notifications and failed reads may have been missed, so readers read again.
      this.#newest = ''
      this.#connection = connection
      while (!this.#stop.signal.aborted && connection.isUsable) {
        await this.#poll(connection)
        await this.#pause(POLL_MS)
      }
    } finally {
      this.#connection = null
      connection.close()
    }
  }

  async #poll(connection: PostgresConnection): Promise<void> {
    const { rows } = await this.#query(connection, NEWEST)
    const newest = `${rows[0]?.change} ${rows[0]?.row_change}`
    if (newest === this.#newest) return
    this.#newest = newest
    this.#relay()
  }

  async #query(connection: PostgresConnection, sql: string, parameters: unknown[] = []) {
    const before = this.#queries
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#queries = promise
    await before
    try {
      return await connection.query(sql, parameters)
    } finally {
      resolve()
    }
  }

  #relay(): void {
    this.#isRelaying = true
    try {
      this.#commits.notify()
    } finally {
      this.#isRelaying = false
    }
  }

  /** Announces the commits until now, unless an announcement is about to be sent. If it is lost, the others find the commits by polling. */
  #announce(): void {
    if (this.#isAnnouncing) return
    this.#isAnnouncing = true
    detach('configuration', async () => {
      await this.#queries
      this.#isAnnouncing = false
      const connection = this.#connection
      if (!connection) return
      await this.#query(connection, 'select pg_notify($1, $2)', [CHANNEL, this.#id]).catch(() => {})
    })
  }

  async #pause(ms: number): Promise<void> {
    await after(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {})
  }
}
