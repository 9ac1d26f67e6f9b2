'use client'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { useNow } from '#components/ui/use-now.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedInstance, ObservedLb, ObservedServer } from '#lib/core/observed.ts'
import { serverHealth } from '../health-text.ts'
import { INSTANCE_NAMES } from '../instance-names.ts'
import { useBackends } from '../use-lb.ts'
import { millisecondsText } from './failover-text.ts'
import { type ServerPair, serverPairs } from './server-pairs.ts'

/** The others are behind a button. */
const SHOWN = 10

/** Each server's health on each node. Both nodes check all servers, so that either can take over at once. */
export function ServerViews({ lb, observed }: { lb: Lb; observed: ObservedLb }) {
  const [all, setAll] = useState(false)
  const backends = useBackends(lb).data
  const { instances } = observed
  const pairs = serverPairs(instances)
  if (pairs.length === 0) return null
  const nameOf = (id: string) => backends?.find((backend) => backend.id === id)?.name ?? ''
  const differing = pairs.filter(({ differs }) => differs).length
  return (
    <Card
      title="Servers as each instance sees them"
      actions={
        differing > 0 && (
          <StatusBadge tone="warn">
            {differing === 1 ? 'On one they differ' : `On ${differing} they differ`}
          </StatusBadge>
        )
      }
    >
      <Table name="Servers as each instance sees them">
        <Thead>
          <Th>Server</Th>
          {instances.map(({ cluster, role }) => (
            <Th key={cluster}>{columnName({ cluster, role })}</Th>
          ))}
        </Thead>
        <Tbody>
          {(all ? pairs : pairs.slice(0, SHOWN)).map((pair) => (
            <PairRow
              key={`${pair.backendId} ${pair.address}`}
              {...{ pair, instances }}
              backend={nameOf(pair.backendId)}
            />
          ))}
        </Tbody>
      </Table>
      {!all && pairs.length > SHOWN && (
        <Button size="small" className="mt-3" onClick={() => setAll(true)}>
          Show all {pairs.length}
        </Button>
      )}
    </Card>
  )
}

const columnName = ({ cluster, role }: Pick<ObservedInstance, 'cluster' | 'role'>) =>
  `${INSTANCE_NAMES[role]} (${cluster})`

type RowProps = { pair: ServerPair; instances: ObservedInstance[]; backend: string }

function PairRow({ pair: { address, views, differs }, instances, backend }: RowProps) {
  return (
    <Tr>
      <RowHeader className="font-normal">
        <span className="flex flex-wrap items-center gap-x-2">
          <Code>{address}</Code>
          <span className="text-muted">{backend}</span>
          {differs && <StatusBadge tone="warn">Differs</StatusBadge>}
        </span>
      </RowHeader>
      {instances.map((instance, index) => (
        <Td key={instance.cluster} label={columnName(instance)}>
          <View server={views[index]} connected={instance.connected} />
        </Td>
      ))}
    </Tr>
  )
}

function View({ server, connected }: { server: ObservedServer | undefined; connected: boolean }) {
  const now = useNow()
  if (!connected) return <span className="text-muted">Not running</span>
  const { tone, state } = serverHealth(server, now)
  const latency = server?.latency_ms ?? null
  return (
    <span className="flex flex-wrap items-center gap-x-2 tabular-nums">
      <StatusBadge tone={tone}>{state}</StatusBadge>
      <span className="text-muted">
        {server?.reason}
        {latency !== null && `, ${millisecondsText(latency)}`}
      </span>
    </span>
  )
}
