'use client'
import { Menu } from '#components/ui/menu.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import type { PendingNode } from '#lib/core/node.ts'
import { TimeLeft } from './join/time-left.tsx'
import type { NodeAction } from './node-action.ts'

type Props = {
  node: PendingNode
  mayChange: boolean
  onAction: (action: NodeAction) => void
}

/** A node that has a join token and has not joined yet, as a row. */
export function PendingRow({ node, mayChange, onAction }: Props) {
  const { name, region, cluster, expires_at } = node
  const none = <span className="text-muted">None yet</span>
  return (
    <Tr>
      <RowHeader>{name}</RowHeader>
      <Td label="Host">{none}</Td>
      <Td label="Cluster">{cluster}</Td>
      <Td label="State">
        <StatusBadge tone="progress">Waiting</StatusBadge>{' '}
        <span className="block text-[0.8125rem]/5 text-muted">
          <TimeLeft until={expires_at} />
        </span>
      </Td>
      <Td label="Load balancers">{none}</Td>
      <Td label="Version">{none}</Td>
      {mayChange && (
        <Td actions>
          <Menu
            label={`Actions for ${name}`}
            items={[
              {
                label: 'New join token',
                onSelect: () => onAction({ what: 'add', pending: { name, region, cluster } }),
              },
            ]}
          />
        </Td>
      )}
    </Tr>
  )
}
