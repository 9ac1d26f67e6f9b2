'use client'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { FormScope, SubmitError, useFormShell } from '#components/form/form-shell.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import type { WindowedRowProps } from '#components/ui/windowed-tbody.tsx'
import type { Lb } from '#lib/core/lb.ts'
import { ConflictPanel } from '../../form/conflict-panel.tsx'
import type { OpenRow } from './use-open-row.ts'
import type { useRuleEdit } from './use-rule-edit.ts'

type Rule = { id: string; name: string; updated_at: string }

type Props<R extends Rule, Tree> = {
  rowProps: WindowedRowProps
  lb: Lb
  open: OpenRow<R>
  edit: ReturnType<typeof useRuleEdit<R, Tree>>
  /** The row's ID on the page: "frontend-ID". */
  rowId: string
  /** The inputs that have a column, beginning with the name. */
  cells: readonly { label: string; content: ReactNode }[]
  /** The other inputs, below the row. */
  details: ReactNode
  backendName?: (id: string) => string
  onClose: () => void
}

/** Enter in an input saves the row, Esc cancels. In a text area Enter starts a new line, and Ctrl+Enter saves. */
function rowKeys({ onSave, onCancel }: { onSave: () => void; onCancel: () => void }) {
  return (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.nativeEvent.isComposing) return
    if (event.key === 'Escape') {
      event.preventDefault()
      onCancel()
      return
    }
    const target = event.target as HTMLElement
    const isText = target instanceof HTMLTextAreaElement
    const isInput = target instanceof HTMLInputElement || target instanceof HTMLSelectElement
    if (event.key !== 'Enter' || !(isInput || (isText && (event.ctrlKey || event.metaKey)))) return
    event.preventDefault()
    onSave()
  }
}

/** The form shell of a rule that is edited in its table row: a row of inputs, and the others below them. */
export function RuleEditRow<R extends Rule, Tree>(props: Props<R, Tree>) {
  const { rowProps, lb, open, edit, rowId, cells, details, backendName, onClose } = props
  const { form, conflicts, deleted, save } = edit
  const detailsRow = useRef<HTMLTableRowElement>(null)
  const shell = useFormShell(
    {
      form,
      onSubmit: () => save.mutateAsync(),
      submitError: save.error,
      loading: save.isPending,
    },
    () => detailsRow.current?.parentElement ?? null,
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus is set once, when the row opens.
  useEffect(() => edit.focus(open.field), [])
  const hasConflicts = conflicts.length > 0
  const submit = () => {
    if (!hasConflicts) void shell.submit()
  }
  const keys = rowKeys({ onSave: submit, onCancel: () => onClose() })
  const [name, ...others] = cells
  return (
    <FormScope shell={shell}>
      <Tr
        {...rowProps}
        id={rowId}
        className="edit-row border-none!"
        onKeyDown={keys}
        aria-busy={shell.busy}
      >
        {name && <RowHeader label={name.label}>{name.content}</RowHeader>}
        {others.map(({ label, content }) => (
          <Td key={label} label={label}>
            {content}
          </Td>
        ))}
        <Td actions />
      </Tr>
      <Tr ref={detailsRow} onKeyDown={keys}>
        <td colSpan={cells.length + 1}>
          <div className="grid gap-4 pb-3">
            {details}
            <ConflictPanel
              edit={edit}
              lbId={lb.id}
              resourceId={open.rule.id}
              what="this rule"
              saving={shell.busy}
              backendName={backendName}
            />
            {deleted && (
              <Alert tone="warn" title={`Somebody else has deleted ${open.rule.name} meanwhile.`}>
                What you typed is still here. You can create the rule again from it.
              </Alert>
            )}
            <SubmitError title="The changes were not saved." error={shell.error} />
            <div className="flex flex-wrap items-center gap-2">
              {!hasConflicts && (
                <Button
                  changes
                  variant="primary"
                  size="small"
                  loading={shell.busy}
                  onClick={submit}
                >
                  {deleted ? 'Create again' : shell.busy ? 'Saving…' : 'Save'}
                </Button>
              )}
              <Button size="small" onClick={() => onClose()}>
                Cancel
              </Button>
            </div>
          </div>
        </td>
      </Tr>
    </FormScope>
  )
}
