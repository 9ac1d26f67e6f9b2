'use client'
import { useWatch } from 'react-hook-form'
import { formRequest } from '#components/form/use-api-form.ts'
import type { WindowedRowProps } from '#components/ui/windowed-tbody.tsx'
import { useChangeRules, useCreateBackend } from '#lib/client/rule-mutations.ts'
import { lbBackends } from '#lib/client/rule-queries.ts'
import { type Backend, EditedBackend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { BackendAdvancedFields } from '../../form/backend-advanced-fields.tsx'
import {
  BackendNameInput,
  BackendPortInput,
  BackendProtocolInput,
  CheckKindInput,
  CheckOptionInput,
  CookieInput,
  ProxyInput,
  ServersInput,
  StickyInput,
} from '../../form/backend-inputs.tsx'
import { HttpCheckFields } from '../../form/health-check-fields.tsx'
import { backendPatch, recreatedBackend, singleBackendFields } from '../../form/rule-requests.ts'
import { backendValues, type RulesValues, singleBackend } from '../../form/rule-values.ts'
import { TestServers } from '../../form/test-servers.tsx'
import { RuleEditRow } from './rule-edit-row.tsx'
import type { OpenRow } from './use-open-row.ts'
import { useRuleEdit } from './use-rule-edit.ts'

export const EDIT_BACKEND_FORM = formRequest({
  fields: (values: RulesValues) => ({ backends: [singleBackendFields(values)] }),
  schema: () => EditedBackend,
  part: 'backends.0',
})

type Props = {
  rowProps: WindowedRowProps
  lb: Lb
  open: OpenRow<Backend>
  /** Identifies the table in the browser's storage. */
  table: string
  backends: readonly Backend[]
  /** The frontends that use it. */
  users: readonly Frontend[]
  onClose: (focusId?: string) => void
  onDirty: (dirty: boolean) => void
}

/** A backend rule as a row of inputs. */
export function BackendEditRow(props: Props) {
  const { rowProps, lb, open, table, backends, users, onClose, onDirty } = props
  const change = useChangeRules(lb)
  const create = useCreateBackend(lb)
  const edit = useRuleEdit({
    lb,
    kind: 'backends',
    request: EDIT_BACKEND_FORM,
    table,
    opened: open.rule,
    rules: backends,
    query: lbBackends(lb),
    valuesOf: backendValues,
    save: (values, base) =>
      change.mutateAsync({ backends: [backendPatch(singleBackend(values), base)] }),
    recreate: async (values, base) => {
      const { id } = await create.mutateAsync(recreatedBackend(singleBackend(values), base))
      return { id, generation: null }
    },
    onSaved: onClose,
    onDirty,
  })
  const { id, name, forward_protocol: protocol } = open.rule
  const input = { index: 0, row: `backend ${name}` }
  return (
    <RuleEditRow
      {...{ rowProps, lb, open, edit, onClose }}
      rowId={`backend-${id}`}
      cells={[
        { label: 'Name', content: <BackendNameInput {...input} /> },
        { label: 'Protocol', content: <BackendProtocolInput {...input} /> },
        { label: 'Port', content: <BackendPortInput {...input} /> },
        { label: 'Proxy', content: <ProxyInput {...input} /> },
        { label: 'Health check type', content: <CheckKindInput {...input} /> },
        { label: 'Health check option', content: <CheckOptionInput {...input} /> },
        { label: 'Sticky session', content: <StickyInput {...input} /> },
        { label: 'Cookie name', content: <CookieInput {...input} /> },
        { label: 'Server IPs', content: <ServersInput {...input} /> },
      ]}
      details={
        <>
          <FollowingFrontends before={protocol} users={users} />
          <HttpCheckFields index={0} />
          <TestServers index={0} region={lb.region} />
          <BackendAdvancedFields index={0} />
        </>
      }
    />
  )
}

/** The frontends that change their protocol along with the backend. */
function FollowingFrontends(props: {
  before: Backend['forward_protocol']
  users: readonly Frontend[]
}) {
  const { before, users } = props
  const protocol = useWatch<RulesValues, 'backends.0.protocol'>({ name: 'backends.0.protocol' })
  if (protocol === before || users.length === 0) return null
  return (
    <p role="status" className="text-[0.8125rem]/5 text-muted">
      The frontend rules in front of it follow to {protocol.toUpperCase()}:{' '}
      {users.map(({ name }) => name).join(', ')}.
    </p>
  )
}
