'use client'
import { startTransition, useCallback, useEffect, useRef, useState } from 'react'
import { readRowDraft } from './row-draft.ts'

type Rule = { id: string; name: string }
/** The row that is open for editing. `field` is the input that has the focus at first. */
export type OpenRow<R> = { rule: R; field: string }

/** The id of the row's button **Edit NAME**, where the focus returns to. */
export const editButtonId = (ruleId: string) => `edit-${ruleId}`

/**
 * Which row of a table is open. There is one at most: opening another while this one has changes asks first. A row
 * that had changes when the page was reloaded is opened again.
 * @param table names the table in the browser's storage
 */
export function useOpenRow<R extends Rule>(table: string) {
  const [open, setOpen] = useState<OpenRow<R> | null>(null)
  const [wanted, setWanted] = useState<OpenRow<R> | null>(null)
  const [dirty, setDirty] = useState(false)
  const returnTo = useRef<string | null>(null)

  useEffect(() => {
    const draft = readRowDraft<R>(table)
    if (draft) setOpen({ rule: draft.known, field: 'name' })
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
      if (open && dirty) setWanted(row)
      // A row of inputs is much to draw: the page answers to other things meanwhile.
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
    /** The row that waits for an answer, and the answers. */
    wanted,
    stay: () => setWanted(null),
    discard: () => {
      setDirty(false)
      setOpen(wanted)
      setWanted(null)
    },
  }
}

/** The rules as rows: one that is open stays where it was, also when somebody else has deleted it. */
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
