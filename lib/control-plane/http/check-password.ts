import type { CountedAttempt, LoginAttempt } from '../accounts/password-throttle.ts'
import { tooManyRequests } from '../errors.ts'
import { accountActor, auditWriter } from './audit-writer.ts'
import { clientAddress } from './client-address.ts'
import type { Http, Services } from './environment.ts'
import { DEVICE_HEADER } from './new-session.ts'

/**
 * Runs `check`, which returns null for a wrong password, within the limits on wrong passwords.
 * @throws ApiError 429 after too many wrong passwords, 503 if too many passwords are being checked
 */
export async function checkPassword<T>(
  http: Http,
  services: Services,
  email: string,
  check: () => Promise<T | null>,
): Promise<T | null> {
  const { passwords } = services.throttles
  const { devices, hashes } = services.context.accounts
  const device = await devices.find(email, http.req.header(DEVICE_HEADER))
  const login: LoginAttempt = { email, address: clientAddress(http, services), device }
  const refuse = (wait: number) => {
    auditWriter(http, services)('held_off', { actor: accountActor(email) })
    return tooManyRequests(`Too many wrong passwords. Try again in ${formatWait(wait)}.`, wait)
  }
  const wait = passwords.wait(login)
  if (wait > 0) throw refuse(wait)
  // Attempts are counted once they may hash, which bounds how often that is written.
  const counted = async () => {
    const attempt = await passwords.begin(login)
    if (!attempt) throw refuse(Math.max(1, passwords.wait(login)))
    return checked(attempt, check)
  }
  return hashes.run(counted, { hasPriority: device !== null })
}

async function checked<T>(
  attempt: CountedAttempt,
  check: () => Promise<T | null>,
): Promise<T | null> {
  let result: T | null
  try {
    result = await check()
  } catch (error) {
    await attempt.abandon()
    throw error
  }
  if (result !== null) await attempt.succeed()
  return result
}

function formatWait(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
