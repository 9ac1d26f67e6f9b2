import { setTimeout as after } from 'node:timers/promises'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type { Client } from 'pg'
import { contain, detach } from '#lib/process/faults.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { DatabaseProblem } from '../../database-problem.ts'
import { type Found, findPrimary } from './find-primary.ts'
import { PostgresConnection } from './postgres-connection.ts'
import { SettledProblem } from './postgres-problems.ts'

/** Connections for queries. Each control plane has four more: for signals, to lead, for locks, and to say that it is there. */
const CONNECTIONS_MAX = 10
/** How long a query waits for a connection, milliseconds. Most failovers of a database are shorter. */
const PATIENCE_MS = 1500
/** The interval of attempts to connect while the database is lost, and while only the operator can help. Milliseconds. */
const RETRY_MS = 100
const SETTLED_RETRY_MS = 1000
/** How long PostgreSQL works on a statement, and how long the answer may take, milliseconds. */
const STATEMENT_MS = 2500
const ANSWER_MS = 3000

/** How long queries in progress may take when the pool is closed, milliseconds. */
const END_MS = 1000

/** Reports that the database is lost, once, and that it answers again. */
export type Availability = {
  lost: (problem: DatabaseProblem) => void
  restored: (afterMs: number) => void
}

type Waiter = {
  resolve: (connection: PostgresConnection) => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout
}

type Loss = { problem: DatabaseProblem; since: number; reported: DatabaseProblem | null }

/**
 * Connections to the database's primary. While it is lost the pool looks for it on all servers, queries wait for a moment, and then fail
 * at once until it is found.
 */
export class PrimaryPool implements PostgresPool {
  /** For a feature of Kysely that cancels queries, which the store doesn't use. */
  readonly options = {}
  readonly #address: DatabaseAddress
  readonly #availability: Availability
  readonly #idle: PostgresConnection[] = []
  readonly #open = new Set<PostgresConnection>()
  readonly #waiting = new Set<Waiter>()
  #primary: DatabaseAddress['hosts'][number] | null = null
  #connecting = 0
  #retry: NodeJS.Timeout | null = null
  #loss: Loss | null = null
  #isLimited = false
  #isClosed = false
  /** Resolved when it is closed and no connection is left. */
  readonly #emptied = Promise.withResolvers<void>()

  constructor(address: DatabaseAddress, availability: Availability) {
    this.#address = address
    this.#availability = availability
  }

  /** From now on statements must end in time. Until then migrations may take long. */
  limitQueries(): void {
    this.#isLimited = true
    for (const connection of [...this.#idle]) connection.close()
  }

  /** A connection for a transaction or a query, to be released. @throws DatabaseProblem */
  async connect(): Promise<PostgresPoolClient> {
    const connection = this.#idle.pop() ?? (await this.#next())
    // Kysely's type also has cursors, which the store doesn't use.
    const query: unknown = connection.query.bind(connection)
    return {
      query: query as PostgresPoolClient['query'],
      release: (isBroken) => this.#release(connection, isBroken === true),
    }
  }

  /** Connects outside the pool, for a connection that is kept, and waits as long as a query does. @throws DatabaseProblem */
  async dedicated(): Promise<Found> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        return await findPrimary(this.#address, this.#primary, { statementMs: 0 })
      } catch (error) {
        if (error instanceof SettledProblem || performance.now() > deadline) throw error
        await after(RETRY_MS)
      }
    }
  }

  /** A dedicated connection whose queries end in time. @throws DatabaseProblem */
  async listener(): Promise<{ connection: PostgresConnection; client: Client }> {
    const { client, server } = await this.dedicated()
    const { user, database } = this.#address
    const place = { user, database, server }
    return {
      client,
      connection: new PostgresConnection(client, { place, queryMs: ANSWER_MS, onEnd: () => {} }),
    }
  }

  /** Closes all connections. Queries in progress have a moment to end. */
  async end(): Promise<void> {
    this.#isClosed = true
    if (this.#retry) clearTimeout(this.#retry)
    for (const waiter of [...this.#waiting]) this.#refuse(waiter, closed())
    for (const connection of [...this.#idle]) connection.close()
    if (this.#open.size > 0) await Promise.race([this.#emptied.promise, after(END_MS)])
    for (const connection of [...this.#open]) connection.close()
  }

  #next(): Promise<PostgresConnection> {
    if (this.#isClosed) return Promise.reject(closed())
    const loss = this.#loss
    if (loss && performance.now() - loss.since > PATIENCE_MS)
      return Promise.reject(this.#reported(loss))
    return new Promise((resolve, reject) => {
      const give = contain('process', () => this.#refuse(waiter, this.#overdue()))
      const waiter: Waiter = { resolve, reject, timer: setTimeout(give, PATIENCE_MS) }
      this.#waiting.add(waiter)
      this.#fill()
    })
  }

  #overdue(): DatabaseProblem {
    if (this.#loss) return this.#reported(this.#loss)
    const message =
      'All connections to the database are in use: it is slow, or it has too much to do.'
    return new DatabaseProblem(message, { kind: 'busy' })
  }

  #reported(loss: Loss): DatabaseProblem {
    const { problem, reported } = loss
    // What the operator must know may become clear later, for example after a restart of the server.
    const isNew = problem instanceof SettledProblem && !(reported instanceof SettledProblem)
    if (!reported || isNew) {
      loss.reported = problem
      this.#availability.lost(problem)
    }
    return problem
  }

  #refuse(waiter: Waiter, error: Error): void {
    clearTimeout(waiter.timer)
    this.#waiting.delete(waiter)
    waiter.reject(error)
  }

  /** Opens connections for those who wait. */
  #fill(): void {
    while (
      !this.#isClosed &&
      this.#retry === null &&
      this.#connecting < Math.max(this.#waiting.size, this.#loss ? 1 : 0) &&
      this.#open.size + this.#connecting < CONNECTIONS_MAX
    ) {
      this.#connecting += 1
      detach('process', () => this.#openOne())
    }
  }

  async #openOne(): Promise<void> {
    const isLimited = this.#isLimited
    try {
      const statementMs = isLimited ? STATEMENT_MS : 0
      const { client, server } = await findPrimary(this.#address, this.#primary, { statementMs })
      this.#connecting -= 1
      this.#primary = server
      const { user, database } = this.#address
      const connection: PostgresConnection = new PostgresConnection(client, {
        place: { user, database, server },
        queryMs: isLimited ? ANSWER_MS : null,
        onEnd: (hung) => this.#ended(connection, hung),
      })
      this.#open.add(connection)
      this.#found()
      this.#release(connection, isLimited !== this.#isLimited)
    } catch (error) {
      this.#connecting -= 1
      if (!(error instanceof DatabaseProblem)) throw error
      this.#lost(error)
    }
  }

  #found(): void {
    const loss = this.#loss
    this.#loss = null
    if (loss?.reported) this.#availability.restored(performance.now() - loss.since)
    this.#fill()
  }

  #lost(problem: DatabaseProblem): void {
    const isSettled = problem instanceof SettledProblem
    // With connections in use, PostgreSQL only has no further one: those who wait get the next that is released.
    const isLost = this.#open.size === 0 || problem.kind !== 'busy'
    if (isLost) {
      const { since = performance.now(), reported = null } = this.#loss ?? {}
      this.#loss = { problem, since, reported }
    }
    if (isSettled && this.#loss) {
      for (const waiter of [...this.#waiting]) this.#refuse(waiter, this.#reported(this.#loss))
    }
    const retry = contain('process', () => {
      this.#retry = null
      this.#fill()
    })
    if (this.#isClosed || this.#retry) return
    this.#retry = setTimeout(retry, isSettled ? SETTLED_RETRY_MS : RETRY_MS)
    this.#retry.unref()
  }

  #release(connection: PostgresConnection, isBroken: boolean): void {
    if (isBroken || this.#isClosed) connection.close()
    if (!connection.isUsable) return
    const [waiter] = this.#waiting
    if (!waiter) {
      this.#idle.push(connection)
      return
    }
    clearTimeout(waiter.timer)
    this.#waiting.delete(waiter)
    waiter.resolve(connection)
  }

  #ended(connection: PostgresConnection, hung: boolean): void {
    this.#open.delete(connection)
    if (this.#isClosed && this.#open.size === 0) this.#emptied.resolve()
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    // The others lead to the same server.
    if (hung) for (const idle of [...this.#idle]) idle.close()
    this.#fill()
  }
}

const closed = () => new Error('The connection to the database is closed.')
