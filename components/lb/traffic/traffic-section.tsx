'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useRef, useState } from 'react'
import { Card } from '#components/ui/card.tsx'
import { SegmentedControl } from '#components/ui/segmented-control.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { useNear } from '#components/ui/use-near.ts'
import { browserQuery } from '#lib/client/api-query.ts'
import { lbTraffic, type TrafficOf, trafficInterval } from '#lib/client/traffic-queries.ts'
import type { Traffic, TrafficRange } from '#lib/core/traffic.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { bytesText } from './bytes-text.ts'
import { CHART_GRID, CHART_HEIGHT } from './chart-frame.ts'
import { RANGE_NAMES } from './time-text.ts'
import { activityOf, countText, sumOf } from './traffic-series.ts'
import { TrafficTable } from './traffic-table.tsx'

const RANGES = (Object.keys(RANGE_NAMES) as TrafficRange[]).map((value) => ({
  value,
  label: RANGE_NAMES[value],
}))
const VIEWS = [
  { value: 'charts', label: 'Charts' },
  { value: 'table', label: 'Table' },
] as const
type View = (typeof VIEWS)[number]['value']

/** Seconds per row of the table. */
const TABLE_STEPS: Record<TrafficRange, number> = { hour: 60, day: 1800, week: 21_600 }

const TrafficCharts = dynamic(
  () => import('./traffic-charts.tsx').then((module) => module.TrafficCharts),
  { ssr: false, loading: () => <ChartPlaceholder /> },
)

/** The traffic of a load balancer or of one of its servers, as charts or as a table. */
export function TrafficSection({ id }: { id: string }) {
  const [range, setRange] = useState<TrafficRange>('hour')
  const [view, setView] = useState<View>('charts')
  const [of, setOf] = useState<TrafficOf>(null)
  const root = useRef<HTMLDivElement>(null)
  const near = useNear(root)
  const step = view === 'table' ? TABLE_STEPS[range] : undefined
  const query = useQuery({
    ...browserQuery(lbTraffic(id, range, of, step)),
    enabled: near,
    refetchInterval: trafficInterval(range),
    placeholderData: keepPreviousData,
  })
  const traffic = query.data
  return (
    <Card
      id="traffic"
      title="Traffic"
      actions={
        <>
          <ServerChoice servers={traffic?.servers ?? []} value={of} onChange={setOf} />
          <SegmentedControl legend="Range" options={RANGES} value={range} onChange={setRange} />
          <SegmentedControl legend="View" options={VIEWS} value={view} onChange={setView} />
        </>
      }
    >
      <div ref={root} aria-busy={query.isFetching && !traffic} className="@container grid gap-4">
        <RefreshWarning query={query} />
        <ul aria-label="Totals" className="flex min-h-10 flex-wrap gap-x-4 text-muted @3xl:min-h-5">
          {traffic && totalsText(traffic).map((total) => <li key={total}>{total}</li>)}
        </ul>
        {!traffic ? (
          <ChartPlaceholder />
        ) : view === 'charts' ? (
          <TrafficCharts traffic={traffic} />
        ) : (
          <TrafficTable traffic={traffic} />
        )}
      </div>
    </Card>
  )
}

/** A placeholder of the size of the charts. */
function ChartPlaceholder() {
  return (
    <div className={CHART_GRID}>
      {['connections', 'requests', 'times', 'errors'].map((chart) => (
        <div key={chart} className="pt-12">
          <div style={{ height: CHART_HEIGHT }}>
            <Skeleton className="h-full" />
          </div>
        </div>
      ))}
    </div>
  )
}

function totalsText(traffic: Traffic): string[] {
  const when = RANGE_NAMES[traffic.range].toLowerCase()
  const activity = activityOf(traffic)
  if (activity === 'unknown') return [`Nothing is known of the ${when} yet.`]
  if (activity === 'none') return [`No traffic in the ${when}.`]
  const requests = sumOf(traffic.requests)
  return [
    ...(requests > 0 ? [`${countText(requests)} requests`] : []),
    `${countText(sumOf(traffic.connections))} connections`,
    `${countText(sumOf(traffic.responses[4]))} answers 5xx`,
    `${bytesText(sumOf(traffic.bytes_in))} received`,
    `${bytesText(sumOf(traffic.bytes_out))} sent`,
  ]
}

const ALL_SERVERS = ''

function ServerChoice({
  servers,
  value,
  onChange,
}: {
  servers: Traffic['servers']
  value: TrafficOf
  onChange: (value: TrafficOf) => void
}) {
  const options = servers.map(({ backend_id, backend_name, address }) => ({
    value: `${backend_id}/${address}`,
    label: `${backend_name ?? 'removed backend'} · ${address}`,
  }))
  return (
    <SelectField
      label="Traffic of"
      hideLabel
      className="w-56 max-w-full"
      options={[{ value: ALL_SERVERS, label: 'All servers' }, ...options]}
      value={value ? `${value.backendId}/${value.server}` : ALL_SERVERS}
      onChange={({ target }) => {
        const [backendId = '', ...rest] = target.value.split('/')
        onChange(target.value === ALL_SERVERS ? null : { backendId, server: rest.join('/') })
      }}
    />
  )
}
