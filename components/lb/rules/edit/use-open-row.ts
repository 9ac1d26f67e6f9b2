'use client'
import { startTransition, useCallback, useEffect, useRef, useState } from 'react'
import { readStored, store } from '#lib/client/browser-storage.ts'
import type { Values } from '../../form/merge-values.ts'

type Rule = { id: string; name: string }
/** The row that is open for editing. `field` is the input that gets the focus. */
export type OpenRow<R> = { rule: R; field: string }

/** The unsaved values of a table's open row, with the version of the rule that they were made from. */
type RowDraft<R> = { base: R; values: Values }

const storageKey = (table: string) => `fairlead-draft:${table}`

/** The draft that the tab stored for a table before a reload; null for none. */
export function readRowDraft<R>(table: string): RowDraft<R> | null {
  try {
    return JSON.parse(readStored('tab', storageKey(table)) ?? 'null') as RowDraft<R> | null
  } catch {
    return null
  }
}

/** Stores the draft of a table's open row, or deletes it (null). */
export function storeRowDraft<R>(table: string, draft: RowDraft<R> | null): void {
  store('tab', storageKey(table), draft && JSON.stringify(draft))
}

/** The ID of a row's button **Edit NAME**, which gets the focus back. */
export const editButtonId = (ruleId: string) => `edit-${ruleId}`

/**
 * Which row of a table is open: one at most. Opening another while this one has changes asks first. A row that had changes
 * before a reload is opened again.
 * @param table identifies the table in the browser's storage
 */
export function useOpenRow<R extends Rule>(table: string) {
  const [open, setOpen] = useState<OpenRow<R> | null>(null)
  const [requested, setRequested] = useState<OpenRow<R> | null>(null)
  const [dirty, setDirty] = useState(false)
  const returnTo = useRef<string | null>(null)

  useEffect(() => {
    const draft = readRowDraft<R>(table)
    if (draft) setOpen({ rule: draft.base, field: 'name' })
  }, [table])
  useEffect(() => {
    if (open || returnTo.current === null) return
    document.getElementById(editButtonId(returnTo.current))?.focus()
    returnTo.current = null
  }, [open])

  const edit = useCallback(
    (rule: R, field: string) => {
      const row = { rule, field }
      if (open?.rule.id === rule.id) return
      if (open && dirty) setRequested(row)
      // Rendering the inputs takes long, so the page must stay responsive.
      else startTransition(() => setOpen(row))
    },
    [open, dirty],
  )
  const close = useCallback((focusId?: string) => {
    setDirty(false)
    startTransition(() =>
      setOpen((row) => {
        returnTo.current = focusId ?? row?.rule.id ?? null
        return null
      }),
    )
  }, [])
  return {
    open,
    edit,
    close,
    dirty,
    onDirty: setDirty,
    /** The row that is opened once the changes of this one are discarded. */
    requested,
    stay: () => setRequested(null),
    discard: () => {
      setDirty(false)
      setOpen(requested)
      setRequested(null)
    },
  }
}

/** The rules as rows. The open row keeps its position, even if someone else deletes its rule. */
export function useRows<R extends Rule>(
  rules: readonly R[] | undefined = [],
  open: OpenRow<R> | null,
): R[] {
  const last = useRef(-1)
  if (!open) return [...rules]
  const index = rules.findIndex(({ id }) => id === open.rule.id)
  if (index !== -1) {
    last.current = index
    return [...rules]
  }
  const at = last.current === -1 ? rules.length : last.current
  return rules.toSpliced(at, 0, open.rule)
}
