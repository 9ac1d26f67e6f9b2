import { ArrowRight } from 'lucide-react'
import Link from 'next/link'
import { Code } from '#components/ui/code.tsx'
import { RowHeader, Td } from '#components/ui/table.tsx'
import type { WindowedRowProps } from '#components/ui/windowed-tbody.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { routeCount } from '../routing/route-text.ts'
import { TargetRow } from '../target-row.tsx'
import { ForwardingState } from './forwarding-state.tsx'
import { ListenerState } from './listener-state.tsx'
import { EditableCell, RuleActions } from './rule-cells.tsx'
import { SavedNote } from './saved-note.tsx'

type Props = {
  rowProps: WindowedRowProps
  lb: Lb
  frontend: Frontend
  observed: ObservedLb | undefined
  /** The number of its routes. */
  routes: number
  /** Opens the row with the focus in an input. */
  onEdit: (field: string) => void
  onDelete: () => void
}

/** The settings that have no column. */
function settingsOf({ connection_rate_limit: rate, enable_access_logs: log }: Frontend): string {
  const connections = rate === 1 ? 'connection' : 'connections'
  const limit = rate === null ? [] : [`At most ${rate} new ${connections} a second`]
  return [...limit, ...(log ? ['Access log'] : [])].join(' · ')
}

/** A frontend rule as a row. */
export function FrontendRow({ rowProps, lb, frontend, observed, routes, onEdit, onDelete }: Props) {
  const { id, name, backend, inbound_port } = frontend
  const settings = settingsOf(frontend)
  const count = routeCount(routes)
  return (
    <TargetRow id={`frontend-${id}`} {...rowProps}>
      <RowHeader className="editable-cell" title="Click to edit" onClick={() => onEdit('name')}>
        <span className="editable-value">{name}</span>
        <SavedNote lbId={lb.id} ruleId={id} />
      </RowHeader>
      <EditableCell label="Backend" onEdit={() => onEdit('backend')}>
        <span className="inline-flex items-center gap-1">
          <span className="editable-value">{backend.name}</span>
          <Link
            href={consolePath.backend(lb.id, backend.id)}
            aria-label={`Show backend rule ${backend.name}`}
            title={`Show backend rule ${backend.name}`}
            className="inline-grid size-6 place-items-center rounded-control text-accent hover:bg-surface-sunken"
          >
            <ArrowRight aria-hidden className="size-3.5" />
          </Link>
        </span>
        <Link
          href={consolePath.frontendRouting(lb.id, id)}
          aria-label={[count, `Routes and ACLs of ${name}`].filter(Boolean).join(': ')}
          className="block w-fit py-1 text-[0.8125rem]/5 text-accent hover:underline"
          // A click on the cell would open the row.
          onClick={(event) => event.stopPropagation()}
        >
          {count ?? 'Routes and ACLs'}
        </Link>
      </EditableCell>
      <EditableCell label="Protocol" onEdit={() => onEdit('protocol')}>
        <span className="editable-value">{backend.forward_protocol.toUpperCase()}</span>
      </EditableCell>
      <EditableCell label="Port" onEdit={() => onEdit('port')}>
        <span className="editable-value">
          <Code>{inbound_port}</Code>
        </span>
      </EditableCell>
      <Td label="State">
        <ListenerState observed={observed} frontendId={id} />
        <ForwardingState observed={observed} frontendId={id} />
        {settings !== '' && <p className="text-[0.8125rem]/5 text-muted">{settings}</p>}
      </Td>
      <RuleActions {...{ id, name, onDelete }} onEdit={() => onEdit('name')} />
    </TargetRow>
  )
}
