'use client'
import { useState } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useMoveLbs } from '#lib/client/failover-mutations.ts'
import type { Region } from '#lib/core/locality.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'
import { drainRefusal, moveResultText } from './move-text.ts'
import { NodeFaults } from './node-faults.tsx'
import { NodeProblems } from './node-problems.tsx'

type Move = Parameters<ReturnType<typeof useMoveLbs>['mutate']>[0]

/** A region's two nodes. Draining loses no connection and can be undone, so it needs no confirmation. */
export function RegionNodes({ region, nodes }: { region: Region; nodes: NodeStatus[] }) {
  const moveLbs = useMoveLbs()
  const [draining, setDraining] = useState('')
  const start = (move: Move) => {
    setDraining('drain' in move ? move.drain : '')
    moveLbs.mutate(move)
  }
  const { isPending, error, data } = moveLbs
  return (
    <Card
      title={REGION_NAMES[region]}
      actions={
        <Button
          changes
          size="small"
          loading={isPending && draining === ''}
          disabledReason={
            nodes.every((node) => node.connected) ? undefined : 'A node is not running.'
          }
          onClick={() => start({ rebalance: region })}
        >
          Spread masters again
        </Button>
      }
    >
      <NodeProblems nodes={nodes} />
      <Table name={`Nodes in ${REGION_NAMES[region]}`}>
        <Thead>
          <Th>Node</Th>
          <Th>State</Th>
          <Th>Worker processes</Th>
          <Th>Load balancers</Th>
          <Th>Active for</Th>
          <Th>Internal errors</Th>
          <Th actions />
        </Thead>
        <Tbody>
          {nodes.map((node) => (
            <NodeRow
              key={node.name}
              node={node}
              loading={isPending && draining === node.name}
              refusal={drainRefusal(node, nodes)}
              onDrain={() => start({ drain: node.name })}
            />
          ))}
        </Tbody>
      </Table>
      <p className="mt-3 text-muted">
        Moving concerns new connections; those in progress complete where they are. Nothing is lost.
      </p>
      {error && (
        <Alert tone="danger" className="mt-3">
          {errorMessage(error)}
        </Alert>
      )}
      {data && (
        <Alert tone={data.problem ? 'warn' : 'ok'} className="mt-3">
          {moveResultText(data)}
        </Alert>
      )}
    </Card>
  )
}

type RowProps = {
  node: NodeStatus
  loading: boolean
  refusal: string | undefined
  onDrain: () => void
}

function NodeRow({ node, loading, refusal, onDrain }: RowProps) {
  const { name, workers, lbs, active_lbs, faults } = node
  return (
    <Tr>
      <RowHeader>{name}</RowHeader>
      <Td label="State">
        <NodeState {...node} />
      </Td>
      <Td label="Worker processes">
        {workers.connected} of {workers.total} running
      </Td>
      <Td label="Load balancers">{lbs}</Td>
      <Td label="Active for">{active_lbs}</Td>
      <Td label="Internal errors">
        <NodeFaults faults={faults} />
      </Td>
      <Td className="sm:text-right">
        <Button changes size="small" loading={loading} disabledReason={refusal} onClick={onDrain}>
          Move everything to the other node
        </Button>
      </Td>
    </Tr>
  )
}

function NodeState({ connected, problem }: NodeStatus) {
  if (!connected) return <StatusBadge tone="danger">Not running</StatusBadge>
  if (problem) return <StatusBadge tone="danger">Not responding</StatusBadge>
  return <StatusBadge tone="ok">Running</StatusBadge>
}
