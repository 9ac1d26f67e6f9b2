'use client'
import type { MouseEvent, ReactNode } from 'react'
import { Td } from '#components/ui/table.tsx'

type Props = { label: string; onEdit: () => void; children: ReactNode }

/** Whether a click was meant for something else: a link or a button in the cell, or selecting its text. */
function meantOtherwise(event: MouseEvent): boolean {
  if ((event.target as Element).closest('a, button')) return true
  return window.getSelection()?.isCollapsed === false
}

/**
 * A value that a click opens for editing. For the keyboard and for screen readers the row has its button, so that
 * not every cell is a stop on the way through the table.
 */
export function EditableCell({ label, onEdit, children }: Props) {
  return (
    <Td
      label={label}
      title="Click to edit"
      className="editable-cell"
      onClick={(event) => !meantOtherwise(event) && onEdit()}
    >
      {children}
    </Td>
  )
}
