import { betterAuth } from 'better-auth'
import { PASSWORD_MAX, PASSWORD_MIN } from '#lib/core/password-length.ts'
import type { Store } from '../store/store.ts'
import type { HashSemaphore } from './hash-semaphore.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { IDLE_SECONDS, REFRESH_SECONDS } from './session-times.ts'

/** better-auth on our database. Its own HTTP routes are not served: `Accounts` calls it directly. */
export function makeAuth(store: Store, secret: string, hashes: HashSemaphore) {
  return betterAuth({
    database: { db: store.plain, type: 'sqlite' },
    secret,
    baseURL: 'http://localhost',
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN,
      maxPasswordLength: PASSWORD_MAX,
      autoSignIn: false,
      password: {
        hash: (password) => hashes.run(() => hashPassword(password)),
        verify: (given) => hashes.run(() => verifyPassword(given)),
      },
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
