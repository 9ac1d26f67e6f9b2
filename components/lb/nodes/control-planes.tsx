'use client'
import { useQuery } from '@tanstack/react-query'
import { Card } from '#components/ui/card.tsx'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { Code } from '#components/ui/code.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { Tag } from '#components/ui/tag.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { controlPlaneList } from '#lib/client/node-queries.ts'
import type { ControlPlaneStatus } from '#lib/core/control-planes.ts'

/** No event says that one is gone. */
const REFETCH_MS = 5000

/** The control planes that share a PostgreSQL database; nothing with a database file, which has one. */
export function ControlPlanes() {
  const { data } = useQuery({ ...browserQuery(controlPlaneList()), refetchInterval: REFETCH_MS })
  if (!data?.shared) return null
  const { control_planes: all } = data
  const version = all.find(({ current }) => current)?.version ?? null
  return (
    <Card title="Control planes" description={countText(all)}>
      <Table name="Control planes">
        <Thead>
          <Th>Host</Th>
          <Th>Address</Th>
          <Th>State</Th>
          <Th>Version</Th>
        </Thead>
        <Tbody>
          {all.map((one) => (
            <ControlPlaneRow key={one.id} one={one} version={version} />
          ))}
        </Tbody>
      </Table>
    </Card>
  )
}

/** A control plane as a row. @param version of the one that has answered */
function ControlPlaneRow({ one, version }: { one: ControlPlaneStatus; version: string | null }) {
  return (
    <Tr>
      <RowHeader>
        <span className="flex flex-wrap items-center gap-1.5">
          {one.host}
          {one.leads && <Tag>Leader</Tag>}
          {one.current && <Tag>This console</Tag>}
        </span>
      </RowHeader>
      <Td label="Address">
        <Code>{one.api_address}</Code>
        {one.node_address !== null && (
          <span className="block text-muted">
            nodes: <Code>{one.node_address}</Code>
          </span>
        )}
      </Td>
      <Td label="State">
        {one.state === 'running' ? (
          <StatusBadge tone="ok">Running</StatusBadge>
        ) : (
          <span className="flex flex-wrap items-center gap-x-1.5">
            <StatusBadge tone="danger">Gone</StatusBadge>
            <span className="text-muted">
              since <ClockTime at={one.last_seen_at} seconds />
            </span>
          </span>
        )}
      </Td>
      <Td label="Version" className="whitespace-nowrap">
        {one.version}
        {version !== null && one.version !== version && (
          <span className="block text-warn">not {version}</span>
        )}
      </Td>
    </Tr>
  )
}

function countText(all: readonly ControlPlaneStatus[]): string {
  const running = all.filter(({ state }) => state === 'running').length
  return `${running} of ${all.length} running, on one PostgreSQL database`
}
