'use client'
import { useQuery } from '@tanstack/react-query'
import { useWatch } from 'react-hook-form'
import { browserQuery } from '#lib/client/api-query.ts'
import { allIps } from '#lib/client/ip-queries.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'
import { draftTopology } from '../topology/draft-topology.ts'
import { TopologyPicture } from '../topology/topology-picture.tsx'
import type { LbValues } from './lb-values.ts'

/** A picture of the load balancer while the form is filled in. */
export function LbSummary() {
  const values = useWatch<LbValues>() as LbValues
  const { data: ips = [] } = useQuery(browserQuery(allIps()))
  const ip = ips.find(({ id }) => id === values.ip) ?? null
  return (
    <aside
      aria-label="Summary"
      className="grid gap-4 rounded-card border border-border bg-surface p-4 lg:sticky lg:top-6 lg:max-h-[calc(100dvh-3rem)] lg:overflow-y-auto"
    >
      <div className="grid gap-0.5">
        <h2 className="text-base font-semibold">{values.name.trim() || 'Your load balancer'}</h2>
        <p className="text-muted">{REGION_NAMES[values.region]}</p>
      </div>
      <TopologyPicture topology={draftTopology(values, ip)} label="Picture of the load balancer" />
    </aside>
  )
}
