'use client'
import { useHydrated } from './use-hydrated.ts'

const minutes = { hour: '2-digit', minute: '2-digit' } as const
const SHORT = new Intl.DateTimeFormat('en-GB', minutes)
const WITH_SECONDS = new Intl.DateTimeFormat('en-GB', { ...minutes, second: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const UTC = new Intl.DateTimeFormat('en-GB', { ...minutes, timeZone: 'UTC' })

/** A time in the browser's time zone: "14:02", "14:02:11", "3 May, 14:02"; in full on hover. @param at RFC 3339 */
export function ClockTime({ at, seconds = false }: { at: string; seconds?: boolean }) {
  const hydrated = useHydrated()
  const moment = new Date(at)
  // The server does not know the browser's time zone.
  if (!hydrated) return <time dateTime={at}>{UTC.format(moment)}</time>
  const time = (seconds ? WITH_SECONDS : SHORT).format(moment)
  const today = moment.toDateString() === new Date().toDateString()
  return (
    <time dateTime={at} title={moment.toLocaleString()} className="whitespace-nowrap">
      {today ? time : `${DAY.format(moment)}, ${time}`}
    </time>
  )
}
