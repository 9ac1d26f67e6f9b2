import { randomUUID } from 'node:crypto'
import type { DeleteQueryBuilder, DeleteResult } from 'kysely'
import type { Session } from '#lib/core/session.ts'
import type { Store, Writer } from '../store/store.ts'
import type { SessionRow, Tables } from '../store/tables.ts'
import { newSecretToken, secretHash } from './secret-token.ts'
import { ABSOLUTE_SECONDS, IDLE_SECONDS } from './session-times.ts'

/** Who opens a session: the address that the request came from, and what its program calls itself. */
export type Visitor = { address: string | null; userAgent: string | null }

const USER_AGENT_MAX = 512

type SessionDeletion = DeleteQueryBuilder<Tables, 'sessions', DeleteResult>

type Times = { createdAt: Date; expiresAt: Date }

/** When a session ends if it is not used again. */
export function endOf({ createdAt, expiresAt }: Times): Date {
  const absolute = createdAt.getTime() + ABSOLUTE_SECONDS * 1000
  return new Date(Math.min(expiresAt.getTime(), absolute))
}

const timesOf = (row: SessionRow): Times => ({
  createdAt: new Date(row.createdAt),
  expiresAt: new Date(row.expiresAt),
})

/** Opens a session within a transaction. @returns its secret, of which the database has only a hash */
export async function openSession(
  writer: Writer,
  userId: string,
  visitor: Visitor,
): Promise<string> {
  const token = newSecretToken()
  const now = Date.now()
  const at = new Date(now).toISOString()
  const expiresAt = new Date(now + IDLE_SECONDS * 1000).toISOString()
  const times = { createdAt: at, updatedAt: at, expiresAt }
  const row = { id: randomUUID(), userId, ...secretOf(token, visitor), ...times }
  await writer.insertInto('sessions').values(row).execute()
  await noteLogIn(writer, userId)
  return token
}

function secretOf(token: string, { address, userAgent }: Visitor) {
  return {
    token: secretHash(token),
    ipAddress: address,
    userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null,
  }
}

async function noteLogIn(writer: Writer, userId: string): Promise<void> {
  const last_login_at = new Date().toISOString()
  await writer.updateTable('users').set({ last_login_at }).where('id', '=', userId).execute()
}

/** The sessions that there are, as their owners see and end them. */
export class Sessions {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * Gives a session that has just been opened its secret, in place of the one that its library gave it: what the
   * database holds is a hash.
   */
  async give(libraryToken: string, visitor: Visitor): Promise<string> {
    const token = newSecretToken()
    await this.#store.transaction(async (writer) => {
      const given = await writer
        .updateTable('sessions')
        .set(secretOf(token, visitor))
        .where('token', '=', libraryToken)
        .returning('userId')
        .executeTakeFirstOrThrow()
      await noteLogIn(writer, given.userId)
    })
    return token
  }

  /**
   * If the system clock has been set back, sessions with times in the future count as opened and used now: nobody is
   * logged out, and no session lives longer than a new one.
   */
  async endNoLater(now = Date.now()): Promise<void> {
    const at = new Date(now).toISOString()
    const latest = new Date(now + IDLE_SECONDS * 1000).toISOString()
    await this.#store.transaction(async (writer) => {
      const ahead = writer.updateTable('sessions')
      await ahead.set({ createdAt: at }).where('createdAt', '>', at).execute()
      await ahead.set({ updatedAt: at }).where('updatedAt', '>', at).execute()
      await ahead.set({ expiresAt: latest }).where('expiresAt', '>', latest).execute()
    })
  }

  /** Those of a person that have not ended, the last used first. `token` is the one that asks. */
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
      .filter((row) => endOf(timesOf(row)).getTime() > now)
      .map((row) => ({
        id: row.id,
        created_at: row.createdAt,
        last_used_at: row.updatedAt,
        expires_at: endOf(timesOf(row)).toISOString(),
        address: row.ipAddress,
        user_agent: row.userAgent,
        current: row.token === own,
      }))
  }

  /** Ends the session with this secret at once. @returns whether it had not ended before */
  async endByToken(token: string): Promise<boolean> {
    const ended = await this.#delete((sessions) => sessions.where('token', '=', secretHash(token)))
    return ended > 0
  }

  /** Ends one of a person's sessions at once. @returns whether it had not ended before */
  async end(accountId: string, id: string): Promise<boolean> {
    const ended = await this.#delete((sessions) =>
      sessions.where('userId', '=', accountId).where('id', '=', id),
    )
    return ended > 0
  }

  /** Ends a person's sessions at once, all but the one that asks. @returns how many had not ended before */
  endOthers(accountId: string, token: string): Promise<number> {
    return this.#delete((sessions) =>
      sessions.where('userId', '=', accountId).where('token', '!=', secretHash(token)),
    )
  }

  /** Two requests may end the same sessions at once: each is counted for one of them. Expired ones are for nobody. */
  async #delete(matching: (sessions: SessionDeletion) => SessionDeletion): Promise<number> {
    const now = Date.now()
    const rows = await this.#store.transaction((writer) =>
      matching(writer.deleteFrom('sessions')).returningAll().execute(),
    )
    return rows.filter((row) => endOf(timesOf(row)).getTime() > now).length
  }
}
