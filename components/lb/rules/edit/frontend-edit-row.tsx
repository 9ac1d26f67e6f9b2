'use client'
import { formRequest } from '#components/form/use-api-form.ts'
import type { WindowedRowProps } from '#components/ui/windowed-tbody.tsx'
import { useChangeRules } from '#lib/client/rule-mutations.ts'
import { lbFrontends } from '#lib/client/rule-queries.ts'
import type { Backend } from '#lib/core/backend.ts'
import { type Frontend, UpdateFrontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { backendChoices } from '../../form/backend-choices.ts'
import {
  FrontendBackendInput,
  FrontendNameInput,
  FrontendPortInput,
  FrontendProtocolInput,
} from '../../form/frontend-inputs.tsx'
import { FrontendAdvancedFields } from '../../form/frontend-rule-fields.tsx'
import {
  frontendPatch,
  recreatedFrontend,
  singleFrontendFields,
  switchedBackends,
} from '../../form/rule-requests.ts'
import { frontendValues, type RulesValues, singleFrontend } from '../../form/rule-values.ts'
import { ListenerState } from '../listener-state.tsx'
import { RuleEditRow } from './rule-edit-row.tsx'
import type { OpenRow } from './use-open-row.ts'
import { useRuleEdit } from './use-rule-edit.ts'

export const EDIT_FRONTEND_FORM = formRequest({
  fields: (values: RulesValues) => ({ frontends: [singleFrontendFields(values)] }),
  schema: () => UpdateFrontend,
  part: 'frontends.0',
})

type Props = {
  rowProps: WindowedRowProps
  lb: Lb
  open: OpenRow<Frontend>
  /** Identifies the table in the browser's storage. */
  table: string
  frontends: readonly Frontend[]
  backends: readonly Backend[]
  observed: ObservedLb | undefined
  onClose: (focusId?: string) => void
  onDirty: (dirty: boolean) => void
}

/** A frontend rule as a row of inputs. */
export function FrontendEditRow(props: Props) {
  const { rowProps, lb, open, table, frontends, backends, observed, onClose, onDirty } = props
  const change = useChangeRules(lb)
  const edit = useRuleEdit({
    lb,
    kind: 'frontends',
    request: EDIT_FRONTEND_FORM,
    table,
    opened: open.rule,
    rules: frontends,
    query: lbFrontends(lb),
    valuesOf: frontendValues,
    save: (values, base) => {
      const frontend = singleFrontend(values)
      return change.mutateAsync({
        frontends: [frontendPatch(frontend, base)],
        backends: switchedBackends(frontend, backends),
      })
    },
    recreate: async (values, base) => {
      const frontend = singleFrontend(values)
      const { generation, new_frontends: created } = await change.mutateAsync({
        new_frontends: [recreatedFrontend(frontend, base)],
        backends: switchedBackends(frontend, backends),
      })
      return { id: created[0]?.id ?? '', generation }
    },
    onSaved: onClose,
    onDirty,
  })
  const { id, name } = open.rule
  const input = { index: 0, row: `frontend ${name}` }
  const choices = backendChoices(backends, frontends, id)
  return (
    <RuleEditRow
      {...{ rowProps, lb, open, edit, onClose }}
      rowId={`frontend-${id}`}
      cells={[
        { label: 'Name', content: <FrontendNameInput {...input} /> },
        { label: 'Backend', content: <FrontendBackendInput {...input} choices={choices} /> },
        { label: 'Protocol', content: <FrontendProtocolInput {...input} /> },
        { label: 'Port', content: <FrontendPortInput {...input} /> },
        { label: 'State', content: <ListenerState observed={observed} frontendId={id} /> },
      ]}
      details={
        <>
          <p className="text-[0.8125rem]/5 text-muted">
            HTTPS? Choose TCP: TLS is not offloaded, the servers keep their certificates.
          </p>
          <FrontendAdvancedFields index={0} />
        </>
      }
      backendName={(backendId) => backends.find((one) => one.id === backendId)?.name ?? backendId}
    />
  )
}
