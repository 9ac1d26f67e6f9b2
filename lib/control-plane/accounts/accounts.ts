import { APIError } from 'better-auth/api'
import type { Account, CurrentSession, NewSession } from '#lib/core/account.ts'
import type { Store } from '../store/store.ts'
import { ABSOLUTE_SECONDS, IDLE_SECONDS, makeAuth } from './auth.ts'

type NewAccount = { email: string; password: string; name?: string | undefined }
type User = { id: string; email: string; name: string }
type Session = { token: string; createdAt: Date; expiresAt: Date; updatedAt: Date }

/** How often a session's use is written down. */
const REFRESH_MS = 5 * 60_000

const accountOf = ({ id, email, name }: User): Account => ({ id, email, name })

/** When a session ends if it is not used again. */
function endOf(session: Session): Date {
  const absolute = session.createdAt.getTime() + ABSOLUTE_SECONDS * 1000
  return new Date(Math.min(session.expiresAt.getTime(), absolute))
}

/** People's accounts and their sessions. */
export class Accounts {
  readonly #auth: ReturnType<typeof makeAuth>
  /** Creations wait for each other: there is only one first account. */
  #creating: Promise<unknown> = Promise.resolve()

  constructor(store: Store, secret: string) {
    this.#auth = makeAuth(store, secret)
  }

  /** Whether there is any account. */
  async exist(): Promise<boolean> {
    const { internalAdapter } = await this.#auth.$context
    return (await internalAdapter.countTotalUsers()) > 0
  }

  /** Creates the first account. Returns null, and changes nothing, where there already is one. */
  createFirst(account: NewAccount): Promise<Account | null> {
    const creation = this.#creating.then(async () => {
      if (await this.exist()) return null
      const name = account.name ?? account.email
      const { user } = await this.#auth.api.signUpEmail({ body: { ...account, name } })
      return accountOf(user)
    })
    this.#creating = creation.catch(() => {})
    return creation
  }

  /**
   * Opens a session. Null where there is no such account or the password is another: which of the two is told
   * neither by the answer nor by its time.
   */
  async logIn(email: string, password: string): Promise<NewSession | null> {
    try {
      const { token } = await this.#auth.api.signInEmail({ body: { email, password } })
      const session = await this.current(token)
      return session && { token, ...session }
    } catch (error) {
      // 400 is a password longer than any that could be set.
      if (error instanceof APIError && error.statusCode < 500) return null
      throw error
    }
  }

  /** Whose session a token is, and until when; null where it is none or has ended. Keeps it alive. */
  async current(token: string, now = Date.now()): Promise<CurrentSession | null> {
    const { internalAdapter } = await this.#auth.$context
    const found = await internalAdapter.findSession(token)
    if (!found) return null
    const { session, user } = found
    if (endOf(session).getTime() <= now) {
      await internalAdapter.deleteSession(token)
      return null
    }
    if (now - session.updatedAt.getTime() > REFRESH_MS) {
      session.expiresAt = new Date(now + IDLE_SECONDS * 1000)
      await internalAdapter.updateSession(token, {
        expiresAt: session.expiresAt,
        updatedAt: new Date(now),
      })
    }
    return { account: accountOf(user), expires_at: endOf(session).toISOString() }
  }

  /** Ends a session at once. */
  async logOut(token: string): Promise<void> {
    const { internalAdapter } = await this.#auth.$context
    await internalAdapter.deleteSession(token)
  }
}
