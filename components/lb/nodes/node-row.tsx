'use client'
import { toast } from 'sonner'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { Code } from '#components/ui/code.tsx'
import { Menu, type MenuItem } from '#components/ui/menu.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useUndrainNode } from '#lib/client/node-mutations.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import type { NodeAction } from './node-action.ts'
import { drainRefusal, hasJoined, nodeState, removalRefusal } from './node-state.ts'

type Props = {
  node: NodeStatus
  /** All of the region. */
  nodes: readonly NodeStatus[]
  /** Of the control plane. */
  version: string
  mayChange: boolean
  onAction: (action: NodeAction) => void
}

/** A node as a row. */
export function NodeRow({ node, nodes, version, mayChange, onAction }: Props) {
  return (
    <Tr>
      <RowHeader>{node.name}</RowHeader>
      <Td label="Host">
        {node.host}
        {node.address && <Code className="block text-muted">{node.address}</Code>}
      </Td>
      <Td label="Cluster">{node.cluster}</Td>
      <Td label="State">
        <State node={node} />
      </Td>
      <Td label="Load balancers" className="tabular-nums">
        {loadText(node)}
      </Td>
      <Td label="Version" className="whitespace-nowrap">
        {node.version ?? <span className="text-muted">Unknown</span>}
        {node.version !== null && node.version !== version && (
          <span className="block text-warn">not {version}</span>
        )}
      </Td>
      {mayChange && (
        <Td actions>
          <RowMenu {...{ node, nodes, onAction }} />
        </Td>
      )}
    </Tr>
  )
}

function loadText({ active_lbs: active, lbs, outage }: NodeStatus): string {
  const placed = outage?.lbs ?? lbs
  return placed === 0 ? 'None' : `${active} active of ${placed}`
}

function State({ node }: { node: NodeStatus }) {
  const { tone, label, since } = nodeState(node)
  return (
    <span className="grid justify-items-start gap-0.5">
      <span className="flex flex-wrap items-center gap-x-1.5">
        <StatusBadge tone={tone}>{label}</StatusBadge>
        {since && (
          <span className="text-muted">
            since <ClockTime at={since} seconds />
          </span>
        )}
      </span>
      <Faults faults={node.faults} />
    </span>
  )
}

/** The number of internal errors, and the last one. The node's log has the stack. */
function Faults({ faults: { total, last_at, last_message } }: Pick<NodeStatus, 'faults'>) {
  if (total === 0 || !last_at) return null
  return (
    <span className="text-[0.8125rem]/5 text-muted">
      {total === 1 ? '1 internal error' : `${total} internal errors`}, last{' '}
      <RelativeTime at={last_at} />
      {last_message && <span className="block max-w-64 truncate">{last_message}</span>}
    </span>
  )
}

type MenuProps = Pick<Props, 'node' | 'nodes' | 'onAction'>

function RowMenu({ node, nodes, onAction }: MenuProps) {
  const undrain = useUndrainNode(node)
  const onReturn = () =>
    undrain.mutate(undefined, {
      onSuccess: () => void toast.success(`${node.name} is back in service`),
      onError: (error) => void toast.error(errorMessage(error)),
    })
  const drain: MenuItem = node.draining
    ? { label: 'Return to service', onSelect: onReturn }
    : {
        label: 'Drain node',
        disabledReason: drainRefusal(node, nodes),
        onSelect: () => onAction({ what: 'drain', node }),
      }
  const remove: MenuItem = {
    label: 'Remove node',
    tone: 'danger',
    disabledReason: removalRefusal(node),
    onSelect: () => onAction({ what: 'remove', node }),
  }
  return (
    <Menu label={`Actions for ${node.name}`} items={hasJoined(node) ? [drain, remove] : [drain]} />
  )
}
