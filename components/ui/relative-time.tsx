'use client'
import { elapsed } from './elapsed.ts'
import { useNow } from './use-now.ts'

/** How long ago something was: "12 s ago"; the exact time on hover. `at` is RFC 3339. */
export function RelativeTime({ at, suffix = ' ago' }: { at: string; suffix?: string }) {
  const now = useNow()
  const moment = new Date(at)
  return (
    // The server's time zone is not the reader's, so the first title may differ.
    <time dateTime={at} title={moment.toLocaleString()} suppressHydrationWarning>
      {elapsed(now - moment.getTime())}
      {suffix}
    </time>
  )
}
