'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { FormProvider } from 'react-hook-form'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import type { RowPlace } from '#components/ui/windowed-tbody.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { useChangeRules } from '#lib/client/rule-mutations.ts'
import { lbFrontends } from '#lib/client/rule-queries.ts'
import { recordSave } from '#lib/client/rule-save.ts'
import type { Backend } from '#lib/core/backend.ts'
import { type Frontend, UpdateFrontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { backendChoices } from '../../form/backend-choices.ts'
import { ConflictPanel } from '../../form/conflict-panel.tsx'
import { schemaProblems } from '../../form/form-problems.ts'
import type { RulesValues } from '../../form/form-values.ts'
import {
  FrontendBackendInput,
  FrontendNameInput,
  FrontendPortInput,
  FrontendProtocolInput,
} from '../../form/frontend-inputs.tsx'
import { FrontendAdvancedFields } from '../../form/frontend-rule-fields.tsx'
import { frontendValues } from '../../form/frontend-values.ts'
import {
  frontendAgain,
  frontendPatch,
  frontendRequest,
  switchedBackends,
} from '../../form/requests.ts'
import { ListenerState } from '../listener-state.tsx'
import { onlyFrontend } from '../only-rule.ts'
import { EditFooter } from './edit-footer.tsx'
import { rowKeys } from './row-keys.ts'
import type { OpenRow } from './use-open-row.ts'
import { useRuleEdit } from './use-rule-edit.ts'

const CHECK = (values: RulesValues) =>
  schemaProblems(UpdateFrontend, frontendRequest(onlyFrontend(values)), 'frontends.0.')

type Props = {
  place: RowPlace
  lb: Lb
  open: OpenRow<Frontend>
  /** Names the table in the browser's storage. */
  table: string
  frontends: readonly Frontend[]
  backends: readonly Backend[]
  observed: ObservedLb | undefined
  onClose: (focusId?: string) => void
  onDirty: (dirty: boolean) => void
}

/** How a frontend is saved, read anew, and created again. */
function useFrontendEdit({ lb, open, table, frontends, backends, onClose, onDirty }: Props) {
  const client = useQueryClient()
  const change = useChangeRules(lb)
  const { rule: opened } = open
  return useRuleEdit<Frontend>({
    kind: 'frontends',
    table,
    opened,
    rule: frontends.find(({ id }) => id === opened.id) ?? null,
    valuesOf: frontendValues,
    check: CHECK,
    save: async (values, known) => {
      const frontend = onlyFrontend(values)
      const { generation } = await change.mutateAsync({
        frontends: [frontendPatch(frontend, known)],
        backends: switchedBackends(frontend, backends),
      })
      recordSave(client, lb.id, { ruleId: known.id, verb: 'Saved', generation })
    },
    createAgain: async (values, known) => {
      const frontend = onlyFrontend(values)
      const { generation, new_frontends: created } = await change.mutateAsync({
        new_frontends: [frontendAgain(frontend, known)],
        backends: switchedBackends(frontend, backends),
      })
      const id = created[0]?.id ?? ''
      recordSave(client, lb.id, { ruleId: id, verb: 'Created', generation })
      return id
    },
    refetch: async () => {
      const all = await client.fetchQuery({ ...browserQuery(lbFrontends(lb)), staleTime: 0 })
      return all.find(({ id }) => id === opened.id) ?? null
    },
    onSaved: onClose,
    onDirty,
  })
}

/** A frontend rule as a row of inputs. Enter saves, Esc cancels. */
export function FrontendEditRow(props: Props) {
  const { place, lb, open, frontends, backends, observed, onClose } = props
  const { rule: opened, field } = open
  const edit = useFrontendEdit(props)
  const { form, conflicts, saving, gone } = edit
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus is set once, when the row opens.
  useEffect(() => edit.focus(field), [])
  const save = () => void (conflicts.length === 0 && !saving && form.submit())
  const cancel = () => onClose()
  const input = { index: 0, row: `frontend ${opened.name}` }
  const keys = rowKeys({ onSave: save, onCancel: cancel })
  return (
    <FormProvider {...form}>
      <Tr
        {...place}
        id={`frontend-${opened.id}`}
        className="edit-row border-none!"
        onKeyDown={keys}
        aria-busy={saving}
      >
        <RowHeader label="Name">
          <FrontendNameInput {...input} />
        </RowHeader>
        <Td label="Backend">
          <FrontendBackendInput
            {...input}
            choices={backendChoices(backends, frontends, opened.id)}
          />
        </Td>
        <Td label="Protocol">
          <FrontendProtocolInput {...input} />
        </Td>
        <Td label="Port">
          <FrontendPortInput {...input} />
        </Td>
        <Td label="State">
          <ListenerState observed={observed} frontendId={opened.id} />
        </Td>
        <Td actions />
      </Tr>
      <Tr onKeyDown={keys}>
        <td colSpan={6}>
          <EditFooter
            {...{ gone, saving }}
            name={opened.name}
            undecided={conflicts.length > 0}
            onSave={save}
            onCancel={cancel}
          >
            <p className="text-[0.8125rem]/5 text-muted">
              HTTPS? Choose TCP: TLS is not offloaded, the servers keep their certificates.
            </p>
            <FrontendAdvancedFields index={0} />
            {conflicts.length > 0 && (
              <ConflictPanel
                {...{ conflicts, saving }}
                lbId={lb.id}
                resourceId={opened.id}
                what="this rule"
                backendName={(id) => backends.find((one) => one.id === id)?.name ?? id}
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
