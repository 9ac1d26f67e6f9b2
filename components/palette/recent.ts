import * as z from 'zod'
import { Destination } from './destination.ts'

const RECENT_MAX = 5
const Recent = z.array(Destination)

const keyOf = (accountId: string) => `fairlead.recent.${accountId}`

/** Where this account went last from the palette in this browser, the latest first. */
export function readRecent(accountId: string): Destination[] {
  try {
    const kept = localStorage.getItem(keyOf(accountId))
    return Recent.safeParse(JSON.parse(kept ?? '[]')).data ?? []
  } catch {
    // Storage may be forbidden, and what is in it may be broken: then there is nothing recent.
    return []
  }
}

/** Keeps that this account went there. */
export function keepRecent(accountId: string, destination: Destination): void {
  const others = readRecent(accountId).filter(({ href }) => href !== destination.href)
  const recent = [destination, ...others].slice(0, RECENT_MAX)
  try {
    localStorage.setItem(keyOf(accountId), JSON.stringify(recent))
  } catch {
    // Not kept, then.
  }
}
