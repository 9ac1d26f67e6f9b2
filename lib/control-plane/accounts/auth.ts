import { betterAuth } from 'better-auth'
import { PASSWORD_MAX, PASSWORD_MIN } from '#lib/core/account.ts'
import type { Store } from '../store/store.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'

/** A session that is not used for this long ends. */
export const IDLE_SECONDS = 12 * 60 * 60
/** A session ends this long after the log-in, however much it is used. */
export const ABSOLUTE_SECONDS = 7 * 24 * 60 * 60
/** How often use is written down: a session polled every second must not write every second. */
const REFRESH_SECONDS = 5 * 60

/** better-auth on our database. Its own HTTP routes are not served: `Accounts` calls it directly. */
export function makeAuth(store: Store, secret: string) {
  return betterAuth({
    database: { db: store.plain, type: 'sqlite' },
    secret,
    baseURL: 'http://localhost',
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN,
      maxPasswordLength: PASSWORD_MAX,
      autoSignIn: false,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    session: { modelName: 'sessions', expiresIn: IDLE_SECONDS, updateAge: REFRESH_SECONDS },
    user: { modelName: 'users' },
    account: { modelName: 'credentials' },
    verification: { modelName: 'verifications' },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
}
