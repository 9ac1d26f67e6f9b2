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
import { openSession, type SessionClient } from './session-rows.ts'
import { Sessions } from './sessions.ts'

type NewAccount = { email: string; password: string; name?: string | undefined }

const UNKNOWN_CLIENT: SessionClient = { address: null, userAgent: null }

/** Accounts: the first one, login and passwords. */
export class Accounts {
  readonly sessions: Sessions
  /** Bounds concurrent password hashing. Work that hashes several passwords takes one slot. */
  readonly hashes = new HashSemaphore()
  readonly devices: KnownDevices
  readonly #store: Store

  /** @param secret the installation's secret, which signs device tokens */
  constructor(store: Store, secret: string) {
    this.sessions = new Sessions(store)
    this.devices = new KnownDevices(store.reader, secret)
    this.#store = store
  }

  hashOf(password: string): Promise<string> {
    return this.hashes.run(() => hashPassword(password))
  }

  #isHashOf(hash: string, password: string): Promise<boolean> {
    return this.hashes.run(() => verifyPassword({ hash, password }))
  }

  /** Whether an account exists. */
  async exist(): Promise<boolean> {
    const query = this.#store.reader.selectFrom('users').select('id').limit(1)
    return (await query.executeTakeFirst()) !== undefined
  }

  /** Creates the first account, an owner. @returns null if an account exists already */
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
   * Opens a session. @returns null for an unknown email, a wrong password or a disabled account. The time it takes doesn't reveal
   * which
   */
  async logIn(
    email: string,
    password: string,
    client = UNKNOWN_CLIENT,
  ): Promise<NewSession | null> {
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
      return await this.#store.transaction(authority, (writer) => openSession(writer, id, client))
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null
      throw error
    }
  }

  /** The session of a token, extended by this use; null if there is none or it has ended. */
  current(token: string, now = Date.now()): Promise<CurrentSession | null> {
    return this.sessions.current(secretHash(token), now)
  }

  /** Ends a session. @returns whether it was still active */
  logOut(token: string): Promise<boolean> {
    return this.sessions.endByHash(secretHash(token))
  }

  /**
   * Changes an account's password, ends its sessions and its password link, and opens a new session, in one transaction.
   * @returns null if `current` is wrong
   */
  async changePassword(
    authority: Authority,
    { id }: Account,
    { current, next }: { current: string; next: string },
    client: SessionClient,
  ): Promise<NewSession | null> {
    const { hash } =
      (await credentials(this.#store.reader)
        .select('credentials.password as hash')
        .where('users.id', '=', id)
        .executeTakeFirst()) ?? {}
    if (!hash || !(await this.#isHashOf(hash, current))) return null
    const newHash = await this.hashOf(next)
    return this.#store.transaction(authority, async (writer) => {
      // Hashing takes a while, so the current password is checked again.
      if (!(await isPassword(writer, id, hash))) return null
      await setPassword(writer, id, newHash)
      return openSession(writer, id, client)
    })
  }
}
