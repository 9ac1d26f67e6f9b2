'use client'
import { useMay } from '#components/shell/access.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Table, Tbody, Th, Thead } from '#components/ui/table.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useRebalance } from '#lib/client/node-mutations.ts'
import type { Region } from '#lib/core/locality.ts'
import type { NodeStatus, PendingNode } from '#lib/core/node.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'
import { moveResultText } from './move-text.ts'
import type { NodeAction } from './node-action.ts'
import { NodeProblems } from './node-problems.tsx'
import { NodeRow } from './node-row.tsx'
import { hasJoined } from './node-state.ts'
import { PendingRow } from './pending-row.tsx'

type Props = {
  region: Region
  nodes: NodeStatus[]
  pending: PendingNode[]
  /** Of the control plane. */
  version: string
  onAction: (action: NodeAction) => void
}

/** A region's nodes, and those that are to join it. Switching back loses no connection, so it needs no confirmation. */
export function RegionNodes({ region, nodes, pending, version, onAction }: Props) {
  const mayChange = useMay('write')
  const rebalance = useRebalance(region)
  return (
    <Card
      title={REGION_NAMES[region]}
      description={hostsText(nodes)}
      actions={
        mayChange &&
        nodes.length > 0 && (
          <>
            {nodes.some(hasJoined) && (
              <Button size="small" onClick={() => onAction({ what: 'spread', region })}>
                Spread load balancers
              </Button>
            )}
            <Button
              size="small"
              loading={rebalance.isPending}
              disabledReason={
                nodes.some((node) => node.connected) ? undefined : 'No node is connected.'
              }
              onClick={() => rebalance.mutate()}
            >
              Switch back to masters
            </Button>
          </>
        )
      }
    >
      <NodeProblems nodes={nodes} onAction={mayChange ? onAction : null} />
      <Table name={`Nodes in ${REGION_NAMES[region]}`}>
        <Thead>
          <Th>Node</Th>
          <Th>Host</Th>
          <Th>Cluster</Th>
          <Th>State</Th>
          <Th>Load balancers</Th>
          <Th>Version</Th>
          {mayChange && <Th actions />}
        </Thead>
        <Tbody>
          {nodes.map((node) => (
            <NodeRow key={node.id} {...{ node, nodes, version, mayChange, onAction }} />
          ))}
          {pending.map((node) => (
            <PendingRow key={node.name} {...{ node, mayChange, onAction }} />
          ))}
        </Tbody>
      </Table>
      {rebalance.error && (
        <Alert tone="danger" className="mt-3">
          {errorMessage(rebalance.error)}
        </Alert>
      )}
      {rebalance.data && (
        <Alert tone={rebalance.data.problem ? 'warn' : 'ok'} className="mt-3">
          {moveResultText(rebalance.data)}
        </Alert>
      )}
    </Card>
  )
}

function hostsText(nodes: readonly NodeStatus[]): string {
  const hosts = new Set(nodes.map(({ host }) => host)).size
  if (hosts === 0) return 'No host yet'
  return hosts === 1 ? '1 host' : `${hosts} hosts`
}
