import type { Traffic } from '#lib/core/traffic.ts'
import { perSecond } from './rate-text.ts'

type Values = readonly (number | null)[]

/** One line of a chart. `dash` distinguishes it without colours. */
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
  /** Its values are counts. */
  whole?: boolean
}

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
export const countText = (value: number) => COUNT.format(value)

/** A duration with its unit: "0.43 ms", "12 ms", "1.2 s". */
export function durationText(ms: number): string {
  if (ms >= 9995) return `${Math.round(ms / 1000)} s`
  if (ms >= 999.5) return `${(ms / 1000).toFixed(1)} s`
  return `${Number(ms.toPrecision(ms < 10 ? 2 : 3))} ms`
}

/** The start of each step, Unix seconds. */
export function stepTimes({ start, end, step_s: step }: Traffic): number[] {
  const count = Math.max(0, Math.ceil((end - start) / step))
  return Array.from({ length: count }, (_, index) => start + index * step)
}

/** Counts as rates per second. The last step may be shorter. */
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

/** The charts in their order. */
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
      format: durationText,
      series: [
        { label: 'p50', tone: 'accent', dash: SOLID, values: traffic.latency_p50 },
        { label: 'p95', tone: 'warn', dash: DASHED, values: traffic.latency_p95 },
        { label: 'p99', tone: 'danger', dash: DOTTED, values: traffic.latency_p99 },
      ],
    },
    {
      title: 'Errors',
      whole: true,
      format: countText,
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

/** Whether there are samples, and whether they have traffic. */
export function activityOf(traffic: Traffic): 'unknown' | 'none' | 'some' {
  if (!traffic.connections.some((count) => count !== null)) return 'unknown'
  const { connections, connections_open, requests, connect_failures } = traffic
  const all = [connections, connections_open, requests, connect_failures]
  return all.some((column) => sumOf(column) > 0) ? 'some' : 'none'
}

/** A chart's text alternative: the last and the highest value of each line. */
export function chartText({ series, format }: ChartSpec): string {
  const lines = series.map(({ label, values }) => {
    const present = values.filter((value) => value !== null)
    const last = present.at(-1)
    if (last === undefined) return `${label}: nothing known.`
    return `${label}: ${format(last)} at the end, ${format(Math.max(...present))} at most.`
  })
  return lines.join(' ')
}
