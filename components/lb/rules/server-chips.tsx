'use client'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import type { Backend } from '#lib/core/backend.ts'
import { activeView, healthLine, serverHealth, standbyView } from '../health-text.ts'
import type { useObserved } from '../use-lb.ts'

const SHOWN = 12

/** The observed state, and when it was fetched. */
export type ObservedQuery = Pick<ReturnType<typeof useObserved>, 'data' | 'dataUpdatedAt'>

function ServerChip({
  backendId,
  address,
  observed,
}: {
  backendId: string
  address: string
  observed: ObservedQuery
}) {
  // The age of the data, which is also the same on the server and during hydration.
  const { data, dataUpdatedAt: now } = observed
  const health = serverHealth(activeView(data, backendId, address), now)
  const other = standbyView(data, backendId, address)
  return (
    <li className="grid">
      <span className="flex flex-wrap items-center gap-x-2">
        <Code>{address}</Code>
        <StatusBadge tone={health.tone}>{health.state}</StatusBadge>
      </span>
      {health.reason && <span className="text-[0.8125rem]/5 text-muted">{health.reason}</span>}
      {other && (
        <span className="text-[0.8125rem]/5 text-muted">
          The {other.role} sees it otherwise: {healthLine(serverHealth(other.server, now))}
        </span>
      )}
    </li>
  )
}

/** A backend's servers with their health and its reason. */
export function ServerChips({ backend, observed }: { backend: Backend; observed: ObservedQuery }) {
  const [all, setAll] = useState(false)
  const { id, pool } = backend
  if (pool.length === 0) return <span className="text-warn">No servers</span>
  const shown = all ? pool : pool.slice(0, SHOWN)
  return (
    <div className="grid justify-items-start gap-1.5">
      <ul aria-label={`Servers of ${backend.name}`} className="grid gap-1.5">
        {shown.map((address) => (
          <ServerChip key={address} backendId={id} address={address} observed={observed} />
        ))}
      </ul>
      {shown.length < pool.length && (
        <Button size="small" variant="ghost" onClick={() => setAll(true)}>
          Show all {pool.length}
        </Button>
      )}
    </div>
  )
}
