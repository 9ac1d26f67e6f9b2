import Link from 'next/link'
import { Code } from '#components/ui/code.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Td } from '#components/ui/table.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedLb, ObservedListener } from '#lib/core/observed.ts'
import { TargetRow } from '../target-row.tsx'
import { DeleteRuleButton } from './delete-rule-button.tsx'

/** The listening port as the active instance sees it; a problem on either comes first. */
function listenerOf(observed: ObservedLb | undefined, id: string): ObservedListener | undefined {
  const views = (observed?.instances ?? []).flatMap(({ active, listeners }) =>
    listeners.filter((one) => one.frontend_id === id).map((listener) => ({ active, listener })),
  )
  const failed = views.find(({ listener }) => listener.state === 'failed')
  return (failed ?? views.find(({ active }) => active) ?? views[0])?.listener
}

function ListenerState({ listener }: { listener: ObservedListener | undefined }) {
  if (listener?.state === 'listening') return <StatusBadge tone="ok">Listening</StatusBadge>
  if (listener?.state === 'standby') return <StatusBadge tone="neutral">Standby</StatusBadge>
  if (listener?.state !== 'failed')
    return <StatusBadge tone="neutral">Not listening yet</StatusBadge>
  return (
    <div className="grid max-w-md gap-0.5">
      <StatusBadge tone="danger">Not listening</StatusBadge>
      <span className="text-[0.8125rem] text-muted">{listener.problem}</span>
    </div>
  )
}

type Props = {
  lb: Lb
  frontend: Frontend
  observed: ObservedLb | undefined
  onDelete: () => void
}

/** A frontend rule as a row. */
export function FrontendRow({ lb, frontend, observed, onDelete }: Props) {
  const { id, name, backend, inbound_port } = frontend
  return (
    <TargetRow id={`frontend-${id}`}>
      <RowHeader>{name}</RowHeader>
      <Td label="Backend">
        <Link href={consolePath.backend(lb.id, backend.id)} className="text-accent hover:underline">
          {backend.name}
        </Link>
      </Td>
      <Td label="Protocol">{backend.forward_protocol.toUpperCase()}</Td>
      <Td label="Port">
        <Code>{inbound_port}</Code>
      </Td>
      <Td label="State">
        <ListenerState listener={listenerOf(observed, id)} />
      </Td>
      <Td actions>
        <DeleteRuleButton name={name} onClick={onDelete} />
      </Td>
    </TargetRow>
  )
}
