'use client'
import { useMemo } from 'react'
import type { Traffic } from '#lib/core/traffic.ts'
import { CHART_GRID } from './chart-frame.ts'
import { TimeChart } from './time-chart.tsx'
import { chartsOf, stepTimes } from './traffic-series.ts'

/** The charts of a load balancer's traffic. Loaded on demand, with the charting library. */
export function TrafficCharts({ traffic }: { traffic: Traffic }) {
  const charts = useMemo(() => chartsOf(traffic), [traffic])
  const times = useMemo(() => stepTimes(traffic), [traffic])
  return (
    <div className={CHART_GRID}>
      {charts.map((spec) => (
        <TimeChart key={spec.title} spec={spec} times={times} range={traffic.range} />
      ))}
    </div>
  )
}
