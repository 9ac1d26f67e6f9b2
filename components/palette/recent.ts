import * as z from 'zod'
import { readStored, store } from '#lib/client/browser-storage.ts'
import { Destination } from './destination.ts'

const MAX_RECENT = 5
const Recent = z.array(Destination)

const keyOf = (accountId: string) => `fairlead.recent.${accountId}`

/** The account's last destinations in this browser, latest first. */
export function readRecent(accountId: string): Destination[] {
  try {
    const stored = readStored('browser', keyOf(accountId))
    return Recent.safeParse(JSON.parse(stored ?? '[]')).data ?? []
  } catch {
    // The stored text is not JSON.
    return []
  }
}

/** Adds a destination to the account's last ones. */
export function storeRecent(accountId: string, destination: Destination): void {
  const others = readRecent(accountId).filter(({ href }) => href !== destination.href)
  const recent = [destination, ...others].slice(0, MAX_RECENT)
  store('browser', keyOf(accountId), JSON.stringify(recent))
}
