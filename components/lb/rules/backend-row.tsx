import { Code } from '#components/ui/code.tsx'
import { RowHeader } from '#components/ui/table.tsx'
import type { WindowedRowProps } from '#components/ui/windowed-tbody.tsx'
import type { Backend } from '#lib/core/backend.ts'
import { TargetRow } from '../target-row.tsx'
import { backendText } from './backend-text.ts'
import { EditableCell, RuleActions } from './rule-cells.tsx'
import { SavedNote } from './saved-note.tsx'
import { type ObservedQuery, ServerChips } from './server-chips.tsx'

type Props = {
  rowProps: WindowedRowProps
  lbId: string
  backend: Backend
  observed: ObservedQuery
  /** Opens the row with the focus in an input. */
  onEdit: (field: string) => void
  onDelete: () => void
}

/** The input of the health check's option. */
function optionField({ health_check: check }: Backend): string {
  if (check.http_config || check.https_config) return 'check.uri'
  return check.mysql_config || check.pgsql_config ? 'check.user' : 'check.kind'
}

/** A backend rule as a row. */
export function BackendRow({ rowProps, lbId, backend, observed, onEdit, onDelete }: Props) {
  const { id, name, sticky_sessions: sticky } = backend
  const text = backendText(backend)
  const cells = [
    { label: 'Protocol', field: 'protocol', value: text.protocol },
    { label: 'Port', field: 'port', value: <Code>{backend.forward_port}</Code> },
    { label: 'Proxy', field: 'proxy', value: text.proxy },
    { label: 'Health check type', field: 'check.kind', value: text.check },
    { label: 'Health check option', field: optionField(backend), value: text.checkOption },
    { label: 'Sticky session', field: 'sticky', value: text.sticky },
    {
      label: 'Cookie name',
      field: sticky === 'cookie' ? 'cookie' : 'sticky',
      value: text.cookie,
    },
  ]
  return (
    <TargetRow id={`backend-${id}`} {...rowProps}>
      <RowHeader className="editable-cell" title="Click to edit" onClick={() => onEdit('name')}>
        <span className="editable-value">{name}</span>
        <SavedNote lbId={lbId} ruleId={id} />
      </RowHeader>
      {cells.map(({ label, field, value }) => (
        <EditableCell key={label} label={label} onEdit={() => onEdit(field)}>
          <span className="editable-value">{value}</span>
        </EditableCell>
      ))}
      <EditableCell label="Server IPs" onEdit={() => onEdit('servers')}>
        <ServerChips backend={backend} observed={observed} />
      </EditableCell>
      <RuleActions {...{ id, name, onDelete }} onEdit={() => onEdit('name')} />
    </TargetRow>
  )
}
