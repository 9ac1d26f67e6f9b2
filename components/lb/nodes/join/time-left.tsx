'use client'
import { useNow } from '#components/ui/use-now.ts'
import { timeLeftText } from './time-left-text.ts'

/** How long a join token can still be used, counting down. @param until RFC 3339 */
export function TimeLeft({ until }: { until: string }) {
  const now = useNow()
  const left = Date.parse(until) - now
  if (left <= 0) return 'Its join token has expired.'
  return (
    <span className="tabular-nums" suppressHydrationWarning>
      Its join token expires in {timeLeftText(left)}.
    </span>
  )
}
