import type { Client, QueryResult } from 'pg'
import { contain } from '#lib/process/faults.ts'
import { DatabaseProblem } from '../../database-problem.ts'
import { disconnect } from './connect.ts'
import { databaseProblem, type ErrorPlace } from './postgres-problems.ts'
import { PreparedStatements } from './prepared-statements.ts'

type Owner = {
  place: ErrorPlace
  /** How long a query may take, milliseconds; null for any time. */
  queryMs: number | null
  /** Called once when the connection has ended or given up. @param hung the server did not answer in time */
  onEnd: (hung: boolean) => void
}

/** A commit that was cancelled while it waited for the standby: it is on the primary's disk only. */
const NOT_REPLICATED = '01000'

/** A table has other columns than when a statement was prepared: a newer version of Fairlead has just migrated the database. */
const STALE_STATEMENT = { code: '0A000', message: /cached plan/ }

const TRANSACTION_START = /^(begin|start transaction)/
const TRANSACTION_END = /^(commit|rollback)$/

/** Those of all connections. */
const prepared = new PreparedStatements()

/** A connection to the primary. Queries on it end in time, and their errors are `DatabaseProblem`s where they are the database's. */
export class PostgresConnection {
  readonly #client: Client
  readonly #owner: Owner
  #hung = false
  #ended = false
  #unreplicated = false
  /** Whether a transaction has begun without a query yet. Its `begin` is sent with the first one, which saves a round trip. */
  #isBegun = false
  #isInTransaction = false
  /** Whether statements have to be prepared again. */
  #isStale = false

  constructor(client: Client, owner: Owner) {
    this.#client = client
    this.#owner = owner
    client.on(
      'error',
      contain('process', () => this.#end()),
    )
    client.on(
      'end',
      contain('process', () => this.#end()),
    )
    const onNotice = contain('process', ({ code }: { code?: string | undefined }) => {
      if (code === NOT_REPLICATED) this.#unreplicated = true
    })
    client.on('notice', onNotice)
  }

  get isUsable(): boolean {
    return !this.#ended
  }

  /**
   * Several statements without parameters are sent at once, and return the result of the last.
   * @throws DatabaseProblem, or PostgreSQL's error about the query itself
   */
  async query(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    if (sql === 'begin') {
      this.#isBegun = true
      return emptyResult('BEGIN')
    }
    if (!this.#isBegun) return this.#send(sql, parameters)
    this.#isBegun = false
    if (sql === 'commit' || sql === 'rollback') return emptyResult(sql.toUpperCase())
    if (parameters.length === 0) return this.#send(`begin; ${sql}`, parameters)
    await this.#send('begin', [])
    return this.#send(sql, parameters)
  }

  async #send(sql: string, parameters: readonly unknown[]): Promise<QueryResult> {
    const { queryMs } = this.#owner
    const giveUp = contain('process', () => this.#giveUp())
    const timer = queryMs === null ? undefined : setTimeout(giveUp, queryMs)
    const isCommit = sql === 'commit'
    this.#unreplicated = false
    try {
      if (TRANSACTION_START.test(sql)) this.#isInTransaction = true
      if (TRANSACTION_END.test(sql)) this.#isInTransaction = false
      const results = await this.#run(sql, parameters)
      const result = [results].flat().at(-1) as QueryResult
      if (isCommit && this.#unreplicated) throw this.#unknownOutcome(null)
      return result
    } catch (error) {
      throw this.#explain(error, isCommit)
    } finally {
      clearTimeout(timer)
      if (this.#isStale && !this.#isInTransaction) this.close()
    }
  }

  async #run(text: string, parameters: readonly unknown[]): Promise<QueryResult | QueryResult[]> {
    const values = [...parameters]
    const name = values.length > 0 ? prepared.nameOf(text) : undefined
    try {
      return await this.#client.query({ text, values, name })
    } catch (error) {
      if (!isStaleStatement(error) || this.#isInTransaction) throw error
      this.#isStale = true
      return this.#client.query({ text, values })
    }
  }

  /** Ends the connection at once; a query in progress fails. */
  close(): void {
    this.#end()
    // With a query in progress this destroys the socket instead of waiting.
    disconnect(this.#client)
  }

  #explain(error: unknown, isCommit: boolean): Error {
    const { server } = this.#owner.place
    if (isStaleStatement(error)) {
      this.#isStale = true
      const message = 'A newer version of Fairlead has just migrated the database. Try again.'
      return new DatabaseProblem(message, { kind: 'newer_schema', cause: error })
    }
    const late = { code: '57014', message: 'no answer' }
    const problem = databaseProblem(this.#hung ? late : error, { ...this.#owner.place, server })
    if (!(problem instanceof DatabaseProblem)) return problem
    if (problem.kind === 'read_only' || problem.isOutcomeUnknown) return problem
    const isLost = this.#ended || this.#hung
    return isCommit && isLost ? this.#unknownOutcome(problem) : problem
  }

  #unknownOutcome(cause: DatabaseProblem | null): DatabaseProblem {
    const message = `${cause?.message ?? 'The database did not confirm a commit on its standby.'} It ended during a commit.`
    const kind = cause?.kind ?? 'slow'
    return new DatabaseProblem(message, { kind, isOutcomeUnknown: true, cause })
  }

  #giveUp(): void {
    this.#hung = true
    this.close()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#owner.onEnd(this.#hung)
  }
}

function isStaleStatement(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string }
  return code === STALE_STATEMENT.code && STALE_STATEMENT.message.test(message)
}

/** The result of a statement that needn't be sent. */
const emptyResult = (command: string): QueryResult => ({
  ...{ command, rows: [], rowCount: null, oid: 0, fields: [] },
})
