import * as z from 'zod'
import { readStored, store } from '#lib/client/browser-storage.ts'
import { Destination } from './destination.ts'

const RECENT_MAX = 5
const Recent = z.array(Destination)

const keyOf = (accountId: string) => `fairlead.recent.${accountId}`

/** Where this account went last from the palette in this browser, the latest first. */
export function readRecent(accountId: string): Destination[] {
  try {
    const kept = readStored('browser', keyOf(accountId))
    return Recent.safeParse(JSON.parse(kept ?? '[]')).data ?? []
  } catch {
    // What is kept may be broken: then there is nothing recent.
    return []
  }
}

/** Keeps that this account went there. */
export function keepRecent(accountId: string, destination: Destination): void {
  const others = readRecent(accountId).filter(({ href }) => href !== destination.href)
  const recent = [destination, ...others].slice(0, RECENT_MAX)
  store('browser', keyOf(accountId), JSON.stringify(recent))
}
