'use client'
import { clsx } from 'clsx'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { TrafficRange } from '#lib/core/traffic.ts'
import { CHART_HEIGHT } from './chart-frame.ts'
import { chartOptions } from './chart-options.ts'
import { pointTime } from './time-text.ts'
import { type ChartSpec, chartText, type Series } from './traffic-series.ts'

const INK: Record<Series['tone'], string> = {
  accent: 'text-accent',
  warn: 'text-warn',
  danger: 'text-danger',
  muted: 'text-muted',
}

/** The points that Page Up and Page Down move by. */
const PAGE = 12

type Props = { spec: ChartSpec; times: readonly number[]; range: TrafficRange }

/** A chart over time. The pointer or the arrow keys select a point, whose values the legend shows. */
export function TimeChart({ spec, times, range }: Props) {
  const { title, series, format } = spec
  const [selected, setSelected] = useState<number | null>(null)
  const { root, plot } = usePlot({ spec, times, range }, setSelected)
  const titleId = useId()
  const last = times.length - 1
  const at = Math.max(0, Math.min(selected ?? last, last))
  const choose = (index: number) => {
    const next = Math.max(0, Math.min(index, last))
    setSelected(next)
    plot.current?.setCursor({ left: plot.current.valToPos(times[next] ?? 0, 'x'), top: 0 }, false)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextIndex(event.key, at, last)
    if (next === null) return
    event.preventDefault()
    choose(next)
  }
  const text = (values: Series['values'] | undefined) => {
    const value = values?.[at] ?? null
    return value === null ? '–' : format(value)
  }
  const point = times[at] === undefined ? 'No time' : pointTime[range](times[at])
  return (
    <figure aria-labelledby={titleId} className="min-w-0">
      <figcaption>
        <div className="flex h-6 items-baseline justify-between gap-3">
          <h3 id={titleId} className="font-medium">
            {title}
          </h3>
          <span aria-hidden className="text-xs text-muted">
            {selected !== null && point}
          </span>
        </div>
        <p className="sr-only">{chartText(spec)}</p>
      </figcaption>
      <ul
        className={clsx(
          'flex flex-wrap items-start gap-x-3 gap-y-1 overflow-hidden text-xs whitespace-nowrap text-muted',
          series.length > 3 ? 'h-11 @md:h-6' : 'h-6',
        )}
      >
        {series.map(({ label, tone, dash, values }) => (
          <li key={label} className="flex items-center gap-1">
            <Swatch tone={tone} dash={dash} />
            {label} <span className="font-medium text-text">{text(values)}</span>
          </li>
        ))}
      </ul>
      <div
        ref={root}
        role="slider"
        tabIndex={0}
        aria-label={`${title}, point in time`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={at}
        aria-valuetext={`${point}: ${series.map((one) => `${one.label} ${text(one.values)}`).join(', ')}`}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setSelected(null)
          plot.current?.setCursor({ left: -10, top: -10 }, false)
        }}
        className="min-w-0 overflow-hidden rounded-control border-border text-muted"
        style={{ height: CHART_HEIGHT }}
      />
    </figure>
  )
}

function Swatch({ tone, dash }: Pick<Series, 'tone' | 'dash'>) {
  return (
    <svg aria-hidden="true" data-tone={tone} viewBox="0 0 16 4" className={`h-1 w-4 ${INK[tone]}`}>
      <path d="M0 2H16" stroke="currentColor" strokeWidth="2" strokeDasharray={dash.join(' ')} />
    </svg>
  )
}

function nextIndex(key: string, at: number, last: number): number | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return at - 1
    case 'ArrowRight':
    case 'ArrowUp':
      return at + 1
    case 'PageDown':
      return at - PAGE
    case 'PageUp':
      return at + PAGE
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return null
  }
}

/** The plot. New data updates it; a new width or theme redraws it. */
function usePlot({ spec, times, range }: Props, onCursor: (index: number | null) => void) {
  const root = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef({ spec, range })
  latest.current = { spec, range }
  // The plot is created once: a chart's series never change, only their values.
  useEffect(() => {
    const element = root.current
    if (!element) return
    const options = chartOptions(element, () => latest.current, onCursor)
    const created = new uPlot({ ...options, width: element.clientWidth }, undefined, element)
    plot.current = created
    const sizes = new ResizeObserver(() => {
      created.setSize({ width: element.clientWidth, height: CHART_HEIGHT })
    })
    sizes.observe(element)
    const redraw = () => created.redraw(false)
    const themes = new MutationObserver(redraw)
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', redraw)
    return () => {
      sizes.disconnect()
      themes.disconnect()
      dark.removeEventListener('change', redraw)
      created.destroy()
      plot.current = null
    }
  }, [onCursor])
  useEffect(() => {
    const columns = spec.series.map(({ values }) => [...values])
    plot.current?.setData([[...times], ...columns])
  }, [spec, times])
  return { root, plot }
}
