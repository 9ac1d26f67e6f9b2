/** Statements that a connection prepares. Each takes memory of the server, on each connection. */
const STATEMENTS_MAX = 300
/** How often a statement is executed before it is prepared. */
const USES_MIN = 3

/**
 * The names of statements that are executed again and again. PostgreSQL then parses and plans them once for each connection, which
 * takes longer than executing them.
 */
export class PreparedStatements {
  readonly #names = new Map<string, string>()
  /** Emptied when it has too many, because some statements are never executed again. */
  readonly #uses = new Map<string, number>()

  /** Undefined if the statement is not prepared. */
  nameOf(sql: string): string | undefined {
    const name = this.#names.get(sql)
    if (name !== undefined || this.#names.size >= STATEMENTS_MAX) return name
    const uses = (this.#uses.get(sql) ?? 0) + 1
    if (uses < USES_MIN) {
      if (this.#uses.size >= STATEMENTS_MAX) this.#uses.clear()
      this.#uses.set(sql, uses)
      return undefined
    }
    this.#uses.delete(sql)
    const created = `fairlead_${this.#names.size + 1}`
    this.#names.set(sql, created)
    return created
  }
}
