import type { TrafficRange } from '#lib/core/traffic.ts'

const format = (options: Intl.DateTimeFormatOptions) => {
  const formatter = new Intl.DateTimeFormat('en-GB', options)
  return (seconds: number) => formatter.format(seconds * 1000)
}
const hourAndMinute = format({ hour: '2-digit', minute: '2-digit' })
const withDay = format({ weekday: 'short', hour: '2-digit', minute: '2-digit' })

/** The labels of a time axis of a few minutes. */
export const secondsTime = format({ timeStyle: 'medium' })

/** The labels of a time axis. */
export const axisTime: Record<TrafficRange, (seconds: number) => string> = {
  hour: hourAndMinute,
  day: hourAndMinute,
  week: format({ weekday: 'short', day: 'numeric' }),
}

/** The time of a chart's point. */
export const pointTime: Record<TrafficRange, (seconds: number) => string> = {
  hour: secondsTime,
  day: hourAndMinute,
  week: withDay,
}

/** The time of a table row. */
export const rowTime: Record<TrafficRange, (seconds: number) => string> = {
  hour: hourAndMinute,
  day: withDay,
  week: withDay,
}

export const RANGE_NAMES: Record<TrafficRange, string> = {
  hour: 'Last hour',
  day: 'Last 24 hours',
  week: 'Last 7 days',
}
