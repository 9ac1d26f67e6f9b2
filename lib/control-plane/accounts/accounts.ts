import { randomUUID } from 'node:crypto'
import type { Account, CurrentSession, NewSession } from '#lib/core/account.ts'
import { isDiskFull } from '../store/disk-full.ts'
import type { Store, Writer } from '../store/store.ts'
import { endAccess } from './end-access.ts'
import { HashSemaphore } from './hash-semaphore.ts'
import { KnownDevices } from './known-devices.ts'
import { secretHash } from './secret-token.ts'
import { IDLE_SECONDS, REFRESH_SECONDS } from './session-times.ts'
import { endOf, openSession, Sessions, type Visitor } from './sessions.ts'

type Auth = ReturnType<typeof import('./auth.ts').makeAuth>

type NewAccount = { email: string; password: string; name?: string | undefined }

/** A session last used this far in the future was used before the clock was set back. Milliseconds. */
const CLOCK_STEP_MS = 1000

const NOWHERE: Visitor = { address: null, userAgent: null }

/** People's accounts and their sessions. */
export class Accounts {
  readonly sessions: Sessions
  /** Every hash of a password has a place here; work that makes several takes one for all. */
  readonly hashes = new HashSemaphore()
  readonly devices: KnownDevices
  readonly #store: Store
  readonly #secret: string
  #loadedAuth: Promise<Auth> | null = null
  /** Creations wait for each other: there is only one first account. */
  #creating: Promise<unknown> = Promise.resolve()

  constructor(store: Store, secret: string) {
    this.sessions = new Sessions(store)
    this.devices = new KnownDevices(store.reader, secret)
    this.#store = store
    this.#secret = secret
  }

  /** Loading the library takes a third of the control plane's start, so it waits for whoever needs it first. */
  #auth(): Promise<Auth> {
    this.#loadedAuth ??= this.#loadAuth()
    return this.#loadedAuth
  }

  async #loadAuth(): Promise<Auth> {
    const { makeAuth } = await import('./auth.ts')
    return makeAuth(this.#store, this.#secret, this.hashes)
  }

  async #adapter() {
    return (await (await this.#auth()).$context).internalAdapter
  }

  /** Null where it may not log in. */
  async #account(id: string): Promise<Account | null> {
    const row = await this.#store.reader
      .selectFrom('users')
      .select(['id', 'email', 'name', 'role'])
      .where('id', '=', id)
      .where('disabled', '=', 0)
      .executeTakeFirst()
    return row ?? null
  }

  /** Whether there is any account. */
  async exist(): Promise<boolean> {
    const query = this.#store.reader.selectFrom('users').select('id').limit(1)
    return (await query.executeTakeFirst()) !== undefined
  }

  /** Creates the first account. Returns null, and changes nothing, where there already is one. */
  createFirst(account: NewAccount): Promise<Account | null> {
    const creation = this.#createAfter(this.#creating, account)
    this.#creating = creation.catch(() => {})
    return creation
  }

  async #createAfter(before: Promise<unknown>, account: NewAccount): Promise<Account | null> {
    await before
    if (await this.exist()) return null
    const name = account.name ?? account.email
    const { user } = await (await this.#auth()).api.signUpEmail({ body: { ...account, name } })
    return this.#account(user.id)
  }

  /**
   * Opens a session. Null where there is no such account or the password is another: which of the two is told
   * neither by the answer nor by its time.
   */
  async logIn(email: string, password: string, visitor = NOWHERE): Promise<NewSession | null> {
    try {
      const opened = await (await this.#auth()).api.signInEmail({ body: { email, password } })
      return await this.#opened(await this.sessions.give(opened.token, visitor))
    } catch (error) {
      const { statusCode } = error as { statusCode?: number }
      // 400 is a password longer than any that could be set.
      if (statusCode === 401 || statusCode === 400) return null
      throw error
    }
  }

  async #opened(token: string): Promise<NewSession | null> {
    const session = await this.current(token)
    return session && { token, ...session }
  }

  /** Whose session a token is, and until when; null where it is none or has ended. Keeps it alive. */
  async current(token: string, now = Date.now()): Promise<CurrentSession | null> {
    const adapter = await this.#adapter()
    const hash = secretHash(token)
    const found = await adapter.findSession(hash)
    if (!found) return null
    const { session, user } = found
    if (session.updatedAt.getTime() > now + CLOCK_STEP_MS) {
      await this.boundSessions(now)
      const noLater = (date: Date, limit: number) => new Date(Math.min(date.getTime(), limit))
      session.createdAt = noLater(session.createdAt, now)
      session.updatedAt = noLater(session.updatedAt, now)
      session.expiresAt = noLater(session.expiresAt, now + IDLE_SECONDS * 1000)
    }
    if (endOf(session).getTime() <= now) {
      await adapter.deleteSession(hash)
      return null
    }
    if (now - session.updatedAt.getTime() > REFRESH_SECONDS * 1000) {
      session.expiresAt = new Date(now + IDLE_SECONDS * 1000)
      const update = { expiresAt: session.expiresAt, updatedAt: new Date(now) }
      await adapter.updateSession(hash, update).catch((error: unknown) => {
        // Reading goes on while nothing can be written.
        if (!isDiskFull(error)) throw error
      })
    }
    const account = await this.#account(user.id)
    return account && { account, expires_at: endOf(session).toISOString() }
  }

  /** Caps sessions from the future, in case the clock was set back. A failed write doesn't fail the request. */
  async boundSessions(now = Date.now()): Promise<void> {
    await this.sessions.endNoLater(now).catch((error: unknown) => {
      if (!isDiskFull(error)) throw error
    })
  }

  /** Ends a session at once. @returns whether it had not ended before */
  logOut(token: string): Promise<boolean> {
    return this.sessions.endByToken(token)
  }

  /** What is kept of a password. */
  async hashOf(password: string): Promise<string> {
    return (await (await this.#auth()).$context).password.hash(password)
  }

  /** Sets a person's password, their first or another, within a change. It ends their sessions and their link. */
  async setPassword(writer: Writer, id: string, hash: string): Promise<void> {
    await endAccess(writer, id)
    const at = new Date().toISOString()
    const own = { userId: id, accountId: id, providerId: 'credential' }
    const { numUpdatedRows } = await writer
      .updateTable('credentials')
      .set({ password: hash, updatedAt: at })
      .where('userId', '=', id)
      .where('providerId', '=', 'credential')
      .executeTakeFirst()
    if (numUpdatedRows > 0n) return
    const row = { id: randomUUID(), ...own, password: hash, createdAt: at, updatedAt: at }
    await writer.insertInto('credentials').values(row).execute()
  }

  /**
   * Changes a person's password, ends their sessions and their link, and opens a new session, in one transaction. Null if
   * `current` is not their password, or no longer is.
   */
  async changePassword(
    { id }: Account,
    { current, wanted }: { current: string; wanted: string },
    visitor: Visitor,
  ): Promise<NewSession | null> {
    const { password, internalAdapter } = await (await this.#auth()).$context
    const { password: hash } = (await internalAdapter.findCredentialAccount(id)) ?? {}
    if (!hash || !(await password.verify({ hash, password: current }))) return null
    const newHash = await this.hashOf(wanted)
    const token = await this.#store.transaction(async (writer) => {
      if (!(await isCredential(writer, id, hash))) return null
      await this.setPassword(writer, id, newHash)
      return openSession(writer, id, visitor)
    })
    return token === null ? null : this.#opened(token)
  }
}

/** Whether a person's password hash is unchanged: checking the password and hashing the new one take a while. */
async function isCredential(writer: Writer, userId: string, hash: string): Promise<boolean> {
  const query = writer.selectFrom('credentials').select('id')
  const own = query.where('userId', '=', userId).where('providerId', '=', 'credential')
  return (await own.where('password', '=', hash).executeTakeFirst()) !== undefined
}
