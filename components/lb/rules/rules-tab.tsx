'use client'
import type { UseQueryResult } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { LeaveGuard } from '#components/form/leave-guard.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Table, Th, Thead } from '#components/ui/table.tsx'
import { type WindowedRowProps, WindowedTbody } from '#components/ui/windowed-tbody.tsx'
import { RefreshWarning } from '../refresh-state.tsx'
import { useTarget } from '../use-target.ts'
import { type OpenRow, useOpenRow, useRows } from './edit/use-open-row.ts'
import { useRequestedEdit } from './edit/use-requested-edit.ts'

type Rule = { id: string; name: string }

/** A rule's row of text. */
type RowProps<R> = {
  rule: R
  rowProps: WindowedRowProps
  /** Opens the row for editing, with the focus in the input of `field`. */
  onEdit: (field: string) => void
  onDelete: () => void
}

/** A rule's row of inputs, while it is being edited. */
type EditRowProps<R> = {
  rowProps: WindowedRowProps
  open: OpenRow<R>
  rules: readonly R[]
  onClose: (focusId?: string) => void
  onDirty: (dirty: boolean) => void
}

type Props<R extends Rule> = {
  query: UseQueryResult<R[]>
  /** The table's name: "Frontend rules". */
  name: string
  /** The prefix of the rows' element IDs: "frontend". */
  idPrefix: string
  /** Identifies the table in the browser's storage. */
  storageName: string
  columns: readonly { label: string; wraps?: boolean }[]
  /** The link to the page that creates a rule. */
  createLink: { label: string; href: string }
  empty: { title: string; text: string }
  /** Loads the code of the row of inputs before a click needs it. */
  preloadEdit: () => void
  /** Whether the row of inputs has the data that it needs. */
  canEdit?: boolean
  row: (props: RowProps<R>) => ReactNode
  editRow: (props: EditRowProps<R>) => ReactNode
  deleteDialog: (rule: R, onClose: () => void) => ReactNode
}

/** The tab of a load balancer's frontend or backend rules: a table whose rows open for editing, one at a time. */
export function RulesTab<R extends Rule>(props: Props<R>) {
  const { query, name, idPrefix, columns, createLink, empty, preloadEdit, canEdit = true } = props
  const editing = useOpenRow<R>(props.storageName)
  const { open } = editing
  const rows = useRows(query.data, open)
  const target = useTarget()
  useRequestedEdit(query.data, editing.edit)
  const [deletingId, setDeletingId] = useState<string | null>(null)
  // The rule's current version, which may change while the dialog is open.
  const deleting = rows.find(({ id }) => id === deletingId)
  const rowId = ({ id }: Rule) => `${idPrefix}-${id}`
  if (!query.data) return <RefreshWarning query={query} />
  const rules = query.data
  const createButton = (
    <ButtonLink changes variant="primary" href={createLink.href}>
      <Plus aria-hidden className="size-4" />
      {createLink.label}
    </ButtonLink>
  )
  return (
    <div className="grid gap-4">
      <LeaveGuard
        dirty={editing.dirty}
        question="Leave without saving?"
        onDiscard={editing.close}
      />
      <RefreshWarning query={query} />
      {rows.length === 0 ? (
        <EmptyState title={empty.title} action={createButton}>
          {empty.text}
        </EmptyState>
      ) : (
        <div className="grid gap-4">
          <div className="flex justify-end">{createButton}</div>
          <Table
            name={name}
            rowCount={rows.length}
            onPointerEnter={preloadEdit}
            onFocus={preloadEdit}
          >
            <Thead>
              {columns.map(({ label, wraps }) => (
                <Th key={label} className={wraps ? 'whitespace-normal!' : ''}>
                  {label}
                </Th>
              ))}
              <Th actions />
            </Thead>
            <WindowedTbody
              items={rows}
              idOf={rowId}
              keep={open ? [rowId(open.rule)] : []}
              target={target}
            >
              {(rule, rowProps) =>
                open && canEdit && open.rule.id === rule.id
                  ? props.editRow({
                      ...{ rowProps, open, rules },
                      onClose: editing.close,
                      onDirty: editing.onDirty,
                    })
                  : props.row({
                      ...{ rule, rowProps },
                      onEdit: (field) => editing.edit(rule, field),
                      onDelete: () => setDeletingId(rule.id),
                    })
              }
            </WindowedTbody>
          </Table>
        </div>
      )}
      <ConfirmDialog
        open={editing.requested !== null}
        onOpenChange={(isOpen) => !isOpen && editing.stay()}
        title={`Discard the changes to ${open?.rule.name}?`}
        description={`They are not saved yet. To edit ${editing.requested?.rule.name}, save or discard them first.`}
        confirmLabel="Discard changes"
        onConfirm={editing.discard}
      />
      {deleting && props.deleteDialog(deleting, () => setDeletingId(null))}
    </div>
  )
}
