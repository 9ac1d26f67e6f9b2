import type uPlot from 'uplot'
import type { TrafficRange } from '#lib/core/traffic.ts'
import { CHART_HEIGHT } from './chart-frame.ts'
import { axisTime, secondsTime } from './time-text.ts'
import type { ChartSpec } from './traffic-series.ts'

/** The shortest time that a chart shows, in seconds: a new load balancer has few points. */
const LEAST_SPAN_S = 300

/**
 * The options of a chart. Its colours come from the page: the frame's text and border colours for axes and grid,
 * the colours of the legend's swatches for the lines.
 */
export function chartOptions(
  frame: HTMLElement,
  latest: () => { spec: ChartSpec; range: TrafficRange },
  onCursor: (index: number | null) => void,
): Omit<uPlot.Options, 'width'> {
  const ink = () => getComputedStyle(frame).color
  const line = () => getComputedStyle(frame).borderTopColor
  const toneInk = (tone: string) => () => {
    const swatch = frame.parentElement?.querySelector(`[data-tone="${tone}"]`)
    return swatch ? getComputedStyle(swatch).color : ink()
  }
  const axis = {
    stroke: ink,
    font: `11px ${getComputedStyle(frame).fontFamily}`,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  }
  return {
    height: CHART_HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: ({ data: [times] }) => span(times) },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 2] },
    },
    axes: [
      {
        ...axis,
        space: 64,
        size: 26,
        values: (_plot, splits, _axis, _space, step) =>
          splits.map((at) => (step < 60 ? secondsTime : axisTime[latest().range])(at)),
      },
      {
        ...axis,
        space: 36,
        size: 56,
        values: (_plot, splits) => splits.map((value) => axisNumber(latest().spec, value)),
      },
    ],
    series: [
      {},
      ...latest().spec.series.map(({ tone, dash, label }) => ({
        label,
        stroke: toneInk(tone),
        width: 1.5,
        dash: [...dash],
        points: { size: 4, filter: isolatedPoints },
      })),
    ],
    hooks: {
      setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)],
    },
  }
}

/** The range of the time axis. */
function span(times: ArrayLike<number>): [number, number] {
  const last = times[times.length - 1] ?? 0
  return [Math.min(times[0] ?? 0, last - LEAST_SPAN_S), last]
}

/** The label of an axis value. Counts have no fractions. */
function axisNumber({ whole, format }: ChartSpec, value: number): string {
  return whole && !Number.isInteger(value) ? '' : format(value)
}

/** Single points between two gaps, which no line connects. */
const isolatedPoints: uPlot.Series.Points.Filter = (plot, index) => {
  const values = plot.data[index] ?? []
  const known = (index: number) => values[index] !== null && values[index] !== undefined
  return [...values.keys()].filter(
    (index) => known(index) && !known(index - 1) && !known(index + 1),
  )
}
