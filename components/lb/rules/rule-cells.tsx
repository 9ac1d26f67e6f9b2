'use client'
import { Pencil, Trash2 } from 'lucide-react'
import type { MouseEvent, ReactNode } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Td } from '#components/ui/table.tsx'
import { editButtonId } from './edit/use-open-row.ts'

/** The parts that the rows of frontends and backends share. */

/** Whether a click is on a link or button in the cell, or selects text. */
function hasOtherTarget(event: MouseEvent): boolean {
  if ((event.target as Element).closest('a, button')) return true
  return window.getSelection()?.isCollapsed === false
}

/** A value that a click opens for editing. Keyboards and screen readers use the row's button: one tab stop a row, not one a cell. */
export function EditableCell(props: { label: string; onEdit: () => void; children: ReactNode }) {
  const { label, onEdit, children } = props
  return (
    <Td
      label={label}
      title="Click to edit"
      className="editable-cell"
      onClick={(event) => !hasOtherTarget(event) && onEdit()}
    >
      {children}
    </Td>
  )
}

type ActionProps = { id: string; name: string; onEdit: () => void; onDelete: () => void }

/** The buttons **Edit NAME** and **Delete NAME**. */
export function RuleActions({ id, name, onEdit, onDelete }: ActionProps) {
  return (
    <Td actions>
      <Button
        changes
        id={editButtonId(id)}
        variant="ghost"
        size="icon"
        aria-label={`Edit ${name}`}
        title={`Edit ${name}`}
        onClick={onEdit}
      >
        <Pencil aria-hidden className="size-4 text-muted" />
      </Button>
      <Button
        changes
        variant="ghost"
        size="icon"
        aria-label={`Delete ${name}`}
        title={`Delete ${name}`}
        onClick={onDelete}
      >
        <Trash2 aria-hidden className="size-4 text-muted" />
      </Button>
    </Td>
  )
}
