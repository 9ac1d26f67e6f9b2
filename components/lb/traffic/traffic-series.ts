import type { Traffic } from '#lib/core/traffic.ts'
import { perSecond } from './rate-text.ts'

type Values = readonly (number | null)[]

/** One line of a chart. `dash` tells it apart where colours are not seen. */
export type Series = {
  label: string
  tone: 'accent' | 'warn' | 'danger' | 'muted'
  dash: readonly number[]
  values: Values
}

export type ChartSpec = {
  title: string
  series: Series[]
  format: (value: number) => string
  /** Its numbers are counts. */
  whole?: boolean
}

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
export const countWords = (value: number) => COUNT.format(value)

/** A time in milliseconds in the unit that fits: "0.43 ms", "12 ms", "1.2 s". */
export function durationWords(ms: number): string {
  if (ms >= 9995) return `${Math.round(ms / 1000)} s`
  if (ms >= 999.5) return `${(ms / 1000).toFixed(1)} s`
  return `${Number(ms.toPrecision(ms < 10 ? 2 : 3))} ms`
}

/** When each step begins, Unix seconds. */
export function stepTimes({ start, end, step_s: step }: Traffic): number[] {
  const count = Math.max(0, Math.ceil((end - start) / step))
  return Array.from({ length: count }, (_, index) => start + index * step)
}

/** Counts by the second; the last step may be shorter than the others. */
function rates(traffic: Traffic, counts: Values): Values {
  const { start, end, step_s: step } = traffic
  return counts.map((count, index) => {
    if (count === null) return null
    return count / Math.max(1, Math.min(step, end - start - index * step))
  })
}

const SOLID = [] as const
const DASHED = [6, 3] as const
const DOTTED = [2, 3] as const

/** What the charts show, in their order. */
export function chartsOf(traffic: Traffic): ChartSpec[] {
  const [, , , answers4xx = [], answers5xx = []] = traffic.responses
  return [
    {
      title: 'Connections',
      format: perSecond,
      series: [
        { label: 'Open', tone: 'accent', dash: SOLID, values: traffic.connections_open },
        {
          label: 'New per second',
          tone: 'warn',
          dash: DASHED,
          values: rates(traffic, traffic.connections),
        },
      ],
    },
    {
      title: 'Requests per second',
      format: perSecond,
      series: [
        {
          label: 'Requests',
          tone: 'accent',
          dash: SOLID,
          values: rates(traffic, traffic.requests),
        },
      ],
    },
    {
      title: 'Response time',
      format: durationWords,
      series: [
        { label: 'p50', tone: 'accent', dash: SOLID, values: traffic.latency_p50 },
        { label: 'p95', tone: 'warn', dash: DASHED, values: traffic.latency_p95 },
        { label: 'p99', tone: 'danger', dash: DOTTED, values: traffic.latency_p99 },
      ],
    },
    {
      title: 'Errors',
      whole: true,
      format: countWords,
      series: [
        { label: '5xx', tone: 'danger', dash: SOLID, values: answers5xx },
        { label: '4xx', tone: 'warn', dash: DASHED, values: answers4xx },
        { label: 'No connection', tone: 'accent', dash: DOTTED, values: traffic.connect_failures },
        { label: 'Broken off', tone: 'muted', dash: SOLID, values: traffic.aborted },
      ],
    },
  ]
}

export const sumOf = (values: Values = []) =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0)

/** Whether anything at all is known, and whether anything passed. */
export function extent(traffic: Traffic): 'unknown' | 'nothing' | 'some' {
  if (!traffic.connections.some((count) => count !== null)) return 'unknown'
  const { connections, connections_open, requests, connect_failures } = traffic
  const all = [connections, connections_open, requests, connect_failures]
  return all.some((column) => sumOf(column) > 0) ? 'some' : 'nothing'
}

/** What a chart shows, for those who don't see it: each line's last number and its highest. */
export function chartInWords({ series, format }: ChartSpec): string {
  const lines = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null)
    const last = known.at(-1)
    if (last === undefined) return `${label}: nothing known.`
    return `${label}: ${format(last)} at the end, ${format(Math.max(...known))} at most.`
  })
  return lines.join(' ')
}
