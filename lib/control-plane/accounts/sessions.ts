import type { DeleteQueryBuilder, DeleteResult } from 'kysely'
import type { CurrentSession } from '#lib/core/account.ts'
import type { Session } from '#lib/core/session.ts'
import { Authority } from '../authority/authority.ts'
import { isReadOnly } from '../store/disk-full.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { secretHash } from './secret-token.ts'
import { endOf, IDLE_SECONDS, REFRESH_SECONDS } from './session-rows.ts'

/** A `updatedAt` further in the future means that the clock was set back. Milliseconds. */
const CLOCK_STEP_MS = 1000

type SessionDeletion = DeleteQueryBuilder<Tables, 'sessions', DeleteResult>

/** Active sessions: lookup, list and end. */
export class Sessions {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** The session whose token has this hash, extended by this use; null if it has ended. */
  async current(hash: string, now: number): Promise<CurrentSession | null> {
    const found = await this.#find(hash)
    if (!found) return null
    const { account, ...times } = found
    if (Date.parse(times.updatedAt) > now + CLOCK_STEP_MS) {
      await this.clampFutureTimes(now)
      const clamp = (date: string, limit: number) =>
        new Date(Math.min(Date.parse(date), limit)).toISOString()
      times.createdAt = clamp(times.createdAt, now)
      times.updatedAt = clamp(times.updatedAt, now)
      times.expiresAt = clamp(times.expiresAt, now + IDLE_SECONDS * 1000)
    }
    if (endOf(times).getTime() <= now) {
      await unlessReadOnly(() => this.endByHash(hash))
      return null
    }
    if (now - Date.parse(times.updatedAt) > REFRESH_SECONDS * 1000) {
      times.expiresAt = new Date(now + IDLE_SECONDS * 1000).toISOString()
      const { expiresAt } = times
      await unlessReadOnly(() =>
        this.#refresh(hash, { expiresAt, updatedAt: new Date(now).toISOString() }),
      )
    }
    return { account, expires_at: endOf(times).toISOString() }
  }

  async #find(hash: string) {
    const row = await this.#store.reader
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.userId')
      .select(['users.id', 'email', 'name', 'role'])
      .select(['sessions.createdAt', 'sessions.updatedAt', 'expiresAt'])
      .where('token', '=', hash)
      .where('disabled', '=', 0)
      .executeTakeFirst()
    if (!row) return null
    const { createdAt, updatedAt, expiresAt, ...account } = row
    return { account, createdAt, updatedAt, expiresAt }
  }

  async #refresh(hash: string, times: { expiresAt: string; updatedAt: string }): Promise<void> {
    await this.#store.transaction(Authority.system, (writer) =>
      writer.updateTable('sessions').set(times).where('token', '=', hash).execute(),
    )
  }

  /**
   * After the system clock was set back, sets times in the future to now: nobody is logged out, and no session lives longer than a
   * new one. Skipped while the disk is full.
   */
  async clampFutureTimes(now = Date.now()): Promise<void> {
    await unlessReadOnly(() => this.#clampFutureTimes(now))
  }

  async #clampFutureTimes(now: number): Promise<void> {
    const at = new Date(now).toISOString()
    const latest = new Date(now + IDLE_SECONDS * 1000).toISOString()
    await this.#store.transaction(Authority.system, async (writer) => {
      const ahead = writer.updateTable('sessions')
      await ahead.set({ createdAt: at }).where('createdAt', '>', at).execute()
      await ahead.set({ updatedAt: at }).where('updatedAt', '>', at).execute()
      await ahead.set({ expiresAt: latest }).where('expiresAt', '>', latest).execute()
    })
  }

  /** An account's active sessions, most recently used first. @param token of the current session */
  async list(accountId: string, token: string, now = Date.now()): Promise<Session[]> {
    const rows = await this.#store.reader
      .selectFrom('sessions')
      .selectAll()
      .where('userId', '=', accountId)
      .orderBy('updatedAt', 'desc')
      .orderBy('createdAt', 'desc')
      .execute()
    const own = secretHash(token)
    return rows
      .filter((row) => endOf(row).getTime() > now)
      .map((row) => ({
        id: row.id,
        created_at: row.createdAt,
        last_used_at: row.updatedAt,
        expires_at: endOf(row).toISOString(),
        address: row.ipAddress,
        user_agent: row.userAgent,
        current: row.token === own,
      }))
  }

  /** Ends the session whose token has this hash. @returns whether it was still active */
  async endByHash(hash: string): Promise<boolean> {
    const ended = await this.#delete(Authority.system, (sessions) =>
      sessions.where('token', '=', hash),
    )
    return ended > 0
  }

  /** Ends one of an account's sessions. @returns whether it was still active */
  async end(authority: Authority, accountId: string, id: string): Promise<boolean> {
    const ended = await this.#delete(authority, (sessions) =>
      sessions.where('userId', '=', accountId).where('id', '=', id),
    )
    return ended > 0
  }

  /** Ends an account's sessions except the one with this token. @returns how many were still active */
  endOthers(authority: Authority, accountId: string, token: string): Promise<number> {
    return this.#delete(authority, (sessions) =>
      sessions.where('userId', '=', accountId).where('token', '!=', secretHash(token)),
    )
  }

  /** @returns the number of deleted sessions that had not expired. Concurrent requests count each session once */
  async #delete(
    authority: Authority,
    matching: (sessions: SessionDeletion) => SessionDeletion,
  ): Promise<number> {
    const now = Date.now()
    const rows = await this.#store.transaction(authority, (writer) =>
      matching(writer.deleteFrom('sessions')).returningAll().execute(),
    )
    return rows.filter((row) => endOf(row).getTime() > now).length
  }
}

/** Ignores a full disk or a read-only database, so that reads still work. */
async function unlessReadOnly(write: () => Promise<unknown>): Promise<void> {
  await write().catch((error: unknown) => {
    if (!isReadOnly(error)) throw error
  })
}
