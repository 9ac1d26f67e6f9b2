'use client'
import { useQuery } from '@tanstack/react-query'
import { Button } from '#components/ui/button.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { lastMoveGap } from '#lib/client/change-queries.ts'
import type { PlacementMove } from '#lib/core/placement.ts'
import { millisecondsText } from '../../failover/failover-text.ts'
import { moveState, type ShownMove } from './move-state.ts'

/** The others are counted. */
const ROWS_MAX = 100

type MoveTableProps = {
  shown: readonly ShownMove[]
  /** Null for those who may not. */
  onCancel: ((move: PlacementMove) => void) | null
}

/** Moves of load balancers between hosts, with what they cost. */
export function MoveTable({ shown, onCancel }: MoveTableProps) {
  const rest = shown.length - ROWS_MAX
  return (
    <div>
      <Table name="Moves">
        <Thead>
          <Th>Load balancer</Th>
          <Th>From</Th>
          <Th>To</Th>
          <Th>State</Th>
          <Th>Interruption</Th>
        </Thead>
        <Tbody>
          {shown.slice(0, ROWS_MAX).map((one) => (
            <MoveRow key={one.move.lb_id} {...one} onCancel={onCancel} />
          ))}
        </Tbody>
      </Table>
      {rest > 0 && <p className="mt-2 text-muted">And {rest} more.</p>}
    </div>
  )
}

type MoveRowProps = ShownMove & Pick<MoveTableProps, 'onCancel'>

function MoveRow({ move, current, onCancel }: MoveRowProps) {
  const { tone, label } = moveState(current)
  const waitingFor = current?.waiting_for ?? null
  return (
    <Tr>
      <RowHeader>{move.lb_name}</RowHeader>
      <Td label="From">
        <Nodes names={move.from_nodes} />
      </Td>
      <Td label="To">
        <Nodes names={move.to_nodes} />
      </Td>
      <Td label="State">
        <StatusBadge tone={tone}>{label}</StatusBadge>
        {waitingFor && <span className="block text-[0.8125rem]/5 text-muted">{waitingFor}</span>}
        {onCancel && current?.phase === 'preparing' && (
          <Button size="small" className="mt-1" onClick={() => onCancel(current)}>
            Cancel move
          </Button>
        )}
      </Td>
      <Td label="Interruption" className="whitespace-nowrap tabular-nums">
        <Interruption move={move} hasMoved={current === null || current.phase === 'releasing'} />
      </Td>
    </Tr>
  )
}

const Nodes = ({ names }: { names: readonly string[] }) =>
  names.map((name) => (
    <span key={name} className="block whitespace-nowrap">
      {name}
    </span>
  ))

type InterruptionProps = { move: PlacementMove; hasMoved: boolean }

function Interruption({ move: { lb_id, cost }, hasMoved }: InterruptionProps) {
  if (cost === 'none') return 'None'
  return hasMoved ? <MeasuredGap lbId={lb_id} /> : 'Some ms'
}

/** How long new connections waited in a load balancer's move. */
function MeasuredGap({ lbId }: { lbId: string }) {
  const { data: gapMs } = useQuery(browserQuery(lastMoveGap(lbId)))
  return typeof gapMs === 'number' ? millisecondsText(gapMs) : null
}
