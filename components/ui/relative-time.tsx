'use client'
import { elapsed } from './elapsed.ts'
import { useNow } from './use-now.ts'

/** A relative time: "12 s ago"; the exact time on hover. @param at RFC 3339 */
export function RelativeTime({ at, suffix = ' ago' }: { at: string; suffix?: string }) {
  const now = useNow()
  const moment = new Date(at)
  return (
    // The server's time zone may differ from the browser's, and so the title.
    <time dateTime={at} title={moment.toLocaleString()} suppressHydrationWarning>
      {elapsed(now - moment.getTime())}
      {suffix}
    </time>
  )
}
