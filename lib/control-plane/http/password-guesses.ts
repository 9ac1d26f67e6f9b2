import type { Guesser } from '../accounts/password-throttle.ts'
import { tooManyRequests } from '../errors.ts'
import { accountNamed, auditOf } from './audit-of.ts'
import { clientAddress } from './client-address.ts'
import type { Http, Services } from './environment.ts'
import { DEVICE_HEADER } from './new-session.ts'

/**
 * Checks an account's password, by `check`, which answers null where it is wrong. Only that counts as a guess: neither a
 * success nor a check that could not be made does.
 * @throws ApiError 429 where too many were wrong, 503 where too many passwords are being checked
 */
export async function guessPassword<T>(
  http: Http,
  services: Services,
  email: string,
  check: () => Promise<T | null>,
): Promise<T | null> {
  const { passwords } = services.throttles
  const { devices, hashes } = services.context.accounts
  const device = await devices.find(email, http.req.header(DEVICE_HEADER))
  const guesser: Guesser = { email, address: clientAddress(http, services), device }
  const wait = passwords.wait(guesser)
  if (wait > 0) {
    auditOf(http, services)('held_off', { actor: accountNamed(email) })
    throw tooManyRequests(`Too many wrong passwords. Try again in ${inWords(wait)}.`, wait)
  }
  const attempt = passwords.begin(guesser)
  let result: T | null
  try {
    result = await hashes.run(check, { hasPriority: device !== null })
  } catch (error) {
    attempt.abandoned()
    throw error
  }
  if (result !== null) attempt.succeeded()
  return result
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
