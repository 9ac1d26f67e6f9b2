'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { FormProvider } from 'react-hook-form'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import type { RowPlace } from '#components/ui/windowed-tbody.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { useChangeRules, useCreateBackend } from '#lib/client/rule-mutations.ts'
import { lbBackends } from '#lib/client/rule-queries.ts'
import { recordSave } from '#lib/client/rule-save.ts'
import { type Backend, EditedBackend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
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
import { backendValues } from '../../form/backend-values.ts'
import { ConflictPanel } from '../../form/conflict-panel.tsx'
import { schemaProblems } from '../../form/form-problems.ts'
import type { RulesValues } from '../../form/form-values.ts'
import { backendAgain, backendPatch, backendRequest } from '../../form/requests.ts'
import { onlyBackend } from '../only-rule.ts'
import { BackendEditDetails } from './backend-edit-details.tsx'
import { EditFooter } from './edit-footer.tsx'
import { rowKeys } from './row-keys.ts'
import type { OpenRow } from './use-open-row.ts'
import { useRuleEdit } from './use-rule-edit.ts'

const CHECK = (values: RulesValues) =>
  schemaProblems(EditedBackend, backendRequest(onlyBackend(values)), 'backends.0.')

type Props = {
  place: RowPlace
  lb: Lb
  open: OpenRow<Backend>
  /** Names the table in the browser's storage. */
  table: string
  backends: readonly Backend[]
  /** The frontends that pass their traffic to it. */
  users: readonly Frontend[]
  onClose: (focusId?: string) => void
  onDirty: (dirty: boolean) => void
}

/** How a backend is saved, read anew, and created again. */
function useBackendEdit({ lb, open, table, backends, onClose, onDirty }: Props) {
  const client = useQueryClient()
  const change = useChangeRules(lb)
  const create = useCreateBackend(lb)
  const { rule: opened } = open
  return useRuleEdit<Backend>({
    kind: 'backends',
    table,
    opened,
    rule: backends.find(({ id }) => id === opened.id) ?? null,
    valuesOf: backendValues,
    check: CHECK,
    save: async (values, known) => {
      const patch = backendPatch(onlyBackend(values), known)
      const { generation } = await change.mutateAsync({ backends: [patch] })
      recordSave(client, lb.id, { ruleId: known.id, verb: 'Saved', generation })
    },
    createAgain: async (values, known) => {
      const { id } = await create.mutateAsync(backendAgain(onlyBackend(values), known))
      recordSave(client, lb.id, { ruleId: id, verb: 'Created', generation: null })
      return id
    },
    refetch: async () => {
      const all = await client.fetchQuery({ ...browserQuery(lbBackends(lb)), staleTime: 0 })
      return all.find(({ id }) => id === opened.id) ?? null
    },
    onSaved: onClose,
    onDirty,
  })
}

/** A backend rule as a row of inputs, with what has no column below it. Enter saves, Esc cancels. */
export function BackendEditRow(props: Props) {
  const { place, lb, open, users, onClose } = props
  const { rule: opened, field } = open
  const edit = useBackendEdit(props)
  const { form, conflicts, saving, gone } = edit
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus is set once, when the row opens.
  useEffect(() => edit.focus(field), [])
  const save = () => void (conflicts.length === 0 && !saving && form.submit())
  const cancel = () => onClose()
  const input = { index: 0, row: `backend ${opened.name}` }
  const keys = rowKeys({ onSave: save, onCancel: cancel })
  return (
    <FormProvider {...form}>
      <Tr
        {...place}
        id={`backend-${opened.id}`}
        className="edit-row border-none!"
        onKeyDown={keys}
        aria-busy={saving}
      >
        <RowHeader label="Name">
          <BackendNameInput {...input} />
        </RowHeader>
        <Td label="Protocol">
          <BackendProtocolInput {...input} />
        </Td>
        <Td label="Port">
          <BackendPortInput {...input} />
        </Td>
        <Td label="Proxy">
          <ProxyInput {...input} />
        </Td>
        <Td label="Health check type">
          <CheckKindInput {...input} />
        </Td>
        <Td label="Health check option">
          <CheckOptionInput {...input} />
        </Td>
        <Td label="Sticky session">
          <StickyInput {...input} />
        </Td>
        <Td label="Cookie name">
          <CookieInput {...input} />
        </Td>
        <Td label="Server IPs">
          <ServersInput {...input} />
        </Td>
        <Td actions />
      </Tr>
      <Tr onKeyDown={keys}>
        <td colSpan={10}>
          <EditFooter
            {...{ gone, saving }}
            name={opened.name}
            undecided={conflicts.length > 0}
            onSave={save}
            onCancel={cancel}
          >
            <BackendEditDetails region={lb.region} known={opened} users={users} />
            {conflicts.length > 0 && (
              <ConflictPanel
                {...{ conflicts, saving }}
                lbId={lb.id}
                resourceId={opened.id}
                what="this rule"
                onSaveMine={edit.saveMine}
                onUseCurrent={edit.takeCurrent}
              />
            )}
          </EditFooter>
        </td>
      </Tr>
    </FormProvider>
  )
}
