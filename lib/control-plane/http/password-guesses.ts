import { tooManyRequests } from '../errors.ts'
import { accountNamed, auditOf } from './audit-of.ts'
import { clientAddress } from './client-address.ts'
import type { Http, Services } from './environment.ts'

/**
 * Counts an attempt at an account's password, before its outcome is known; `forgive` the account when it was right.
 * @throws ApiError 429 where the account or the address has guessed wrong too often
 */
export function countGuess(http: Http, services: Services, email: string): { forgive: () => void } {
  const { throttles } = services
  const address = clientAddress(http, services)
  const wait = Math.max(throttles.account.wait(email), throttles.address.wait(address))
  if (wait > 0) {
    auditOf(http, services)('held_off', { actor: accountNamed(email) })
    throw tooManyRequests(`Too many wrong passwords. Try again in ${inWords(wait)}.`, wait)
  }
  throttles.account.count(email)
  throttles.address.count(address)
  return { forgive: () => throttles.account.forgive(email) }
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
