import { randomUUID } from 'node:crypto'
import type { Account, CurrentSession, NewSession } from '#lib/core/account.ts'
import { Authority } from '../authority/authority.ts'
import { ApiError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { credentials, isPassword, setPassword } from './credentials.ts'
import { HashSemaphore } from './hash-semaphore.ts'
import { KnownDevices } from './known-devices.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { secretHash } from './secret-token.ts'
import { openSession, type Visitor } from './session-rows.ts'
import { Sessions } from './sessions.ts'

type NewAccount = { email: string; password: string; name?: string | undefined }

const NOWHERE: Visitor = { address: null, userAgent: null }

/** People's accounts: the first one, logging in, and their passwords. */
export class Accounts {
  readonly sessions: Sessions
  /** Every hash of a password has a place here; work that makes several takes one for all. */
  readonly hashes = new HashSemaphore()
  readonly devices: KnownDevices
  readonly #store: Store

  /** @param secret the installation's, by which devices are known */
  constructor(store: Store, secret: string) {
    this.sessions = new Sessions(store)
    this.devices = new KnownDevices(store.reader, secret)
    this.#store = store
  }

  /** What is kept of a password. */
  hashOf(password: string): Promise<string> {
    return this.hashes.run(() => hashPassword(password))
  }

  #isHashOf(hash: string, password: string): Promise<boolean> {
    return this.hashes.run(() => verifyPassword({ hash, password }))
  }

  /** Whether there is any account. */
  async exist(): Promise<boolean> {
    const query = this.#store.reader.selectFrom('users').select('id').limit(1)
    return (await query.executeTakeFirst()) !== undefined
  }

  /** Creates the first account, an owner. Returns null, and changes nothing, where there already is one. */
  async createFirst({ email, password, name = email }: NewAccount): Promise<Account | null> {
    if (await this.exist()) return null
    const hash = await this.hashOf(password)
    const account: Account = { id: randomUUID(), email: email.toLowerCase(), name, role: 'owner' }
    return this.#store.transaction(Authority.system, async (writer) => {
      const other = await writer.selectFrom('users').select('id').limit(1).executeTakeFirst()
      if (other) return null
      const at = new Date().toISOString()
      const own = { disabled: 0, emailVerified: 0, last_login_at: null }
      await writer
        .insertInto('users')
        .values({ ...account, ...own, createdAt: at, updatedAt: at })
        .execute()
      await setPassword(writer, account.id, hash)
      return account
    })
  }

  /**
   * Opens a session. Null where there is no such account, the password is another, or they may not log in: which of these is
   * told neither by the answer nor by its time.
   */
  async logIn(email: string, password: string, visitor = NOWHERE): Promise<NewSession | null> {
    const found = await credentials(this.#store.reader)
      .select(['users.id', 'credentials.password as hash'])
      .where('email', '=', email.toLowerCase())
      .executeTakeFirst()
    if (!found?.hash) {
      await this.hashOf(password)
      return null
    }
    const { id, hash } = found
    if (!(await this.#isHashOf(hash, password))) return null
    try {
      const authority = Authority.ofPassword(id, hash)
      return await this.#store.transaction(authority, (writer) => openSession(writer, id, visitor))
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null
      throw error
    }
  }

  /** Whose session a token is, and until when; null where it is none or has ended. Keeps it alive. */
  current(token: string, now = Date.now()): Promise<CurrentSession | null> {
    return this.sessions.current(secretHash(token), now)
  }

  /** Ends a session at once. @returns whether it had not ended before */
  logOut(token: string): Promise<boolean> {
    return this.sessions.endByHash(secretHash(token))
  }

  /**
   * Changes a person's password, ends their sessions and their link, and opens a new session, in one transaction. Null if
   * `current` is not their password, or no longer is.
   */
  async changePassword(
    authority: Authority,
    { id }: Account,
    { current, wanted }: { current: string; wanted: string },
    visitor: Visitor,
  ): Promise<NewSession | null> {
    const { hash } =
      (await credentials(this.#store.reader)
        .select('credentials.password as hash')
        .where('users.id', '=', id)
        .executeTakeFirst()) ?? {}
    if (!hash || !(await this.#isHashOf(hash, current))) return null
    const newHash = await this.hashOf(wanted)
    return this.#store.transaction(authority, async (writer) => {
      // Checking the password and hashing the new one take a while.
      if (!(await isPassword(writer, id, hash))) return null
      await setPassword(writer, id, newHash)
      return openSession(writer, id, visitor)
    })
  }
}
