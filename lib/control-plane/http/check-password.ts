import type { LoginAttempt } from '../accounts/password-throttle.ts'
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
  const wait = passwords.wait(login)
  if (wait > 0) {
    auditWriter(http, services)('held_off', { actor: accountActor(email) })
    throw tooManyRequests(`Too many wrong passwords. Try again in ${formatWait(wait)}.`, wait)
  }
  const attempt = passwords.begin(login)
  let result: T | null
  try {
    result = await hashes.run(check, { hasPriority: device !== null })
  } catch (error) {
    attempt.abandon()
    throw error
  }
  if (result !== null) attempt.succeed()
  return result
}

function formatWait(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
