'use client'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { FieldPath } from 'react-hook-form'
import { isNotFound, isVersionConflict, type ValidationError } from '#lib/client/api-error.ts'
import type { RulesValues } from '../../form/form-values.ts'
import { type Conflict, leavesOf, mergeValues, type Values } from '../../form/merge-values.ts'
import { useCheckedForm } from '../../form/use-checked-form.ts'
import { dropRowDraft, keepRowDraft, readRowDraft } from './row-draft.ts'

type Options<Rule> = {
  /** Which list of the form holds the rule, as its only one. */
  kind: keyof RulesValues
  /** Names the table in the browser's storage. */
  table: string
  /** The rule as it is now; null where it has been deleted. */
  rule: Rule | null
  /** The rule when the row was opened. */
  opened: Rule
  valuesOf: (rule: Rule) => RulesValues['frontends'][number] | RulesValues['backends'][number]
  check: (values: RulesValues) => ValidationError[]
  /** Saves what is typed, as a change of the version that is known. */
  save: (values: RulesValues, known: Rule) => Promise<void>
  /** Creates the rule again from what is typed, where it has been deleted. @returns its new id */
  createAgain: (values: RulesValues, known: Rule) => Promise<string>
  /** Reads the rule anew; null where it is gone. */
  refetch: () => Promise<Rule | null>
  /** It is saved. `newId` is given where it was created again. */
  onSaved: (newId?: string) => void
  onDirty: (dirty: boolean) => void
}

/** How often a save is repeated on its own when the rule has changed meanwhile without a conflict. */
const MERGES_MAX = 5

/** Earlier conflicts that nobody has decided yet, beside those just found. */
function stillOpen(
  earlier: readonly Conflict[],
  current: Map<string, string | boolean>,
  found: readonly Conflict[],
): Conflict[] {
  return earlier.flatMap((one) => {
    const now = current.get(one.path)
    const again = found.some(({ path }) => path === one.path)
    return again || now === undefined || now === one.mine ? [] : [{ ...one, current: now }]
  })
}

/**
 * The editing of one rule in its row. The draft is kept over a reload. When the rule changes meanwhile, fields that
 * are not touched follow; a field that both changed is a conflict, which the person decides.
 */
export function useRuleEdit<Rule extends { id: string; updated_at: string }>(
  options: Options<Rule>,
) {
  const { kind, table, rule, opened, valuesOf, onDirty } = options
  const [restored] = useState(() => {
    const draft = readRowDraft<Rule>(table)
    return draft?.known && draft.known.id === opened.id ? draft : null
  })
  const known = useRef<Rule>(restored?.known ?? opened)
  const [conflicts, setConflicts] = useState<Conflict[]>([])
  const [gone, setGone] = useState(false)
  const formOf = (values: Values) =>
    ({ frontends: [], backends: [], [kind]: [values] }) as unknown as RulesValues
  const pathOf = (path: string) => `${kind}.0.${path}` as FieldPath<RulesValues>

  const form = useCheckedForm<RulesValues>({
    defaultValues: formOf(valuesOf(known.current)),
    check: options.check,
    send: async () => send(),
  })
  const { getValues, setValue, reset, watch, setFocus } = form
  const isDirty = form.formState.isDirty

  /** Takes over what others have changed. @returns what is left to decide */
  const absorb = useCallback(
    (current: Rule): Conflict[] => {
      const before = valuesOf(known.current)
      const now = valuesOf(current)
      known.current = current
      if (JSON.stringify(before) === JSON.stringify(now)) return []
      const merged = mergeValues(before, getValues(`${kind}.0`) as unknown as Values, now)
      const options = { keepErrors: true, keepTouched: true, keepSubmitCount: true }
      reset({ frontends: [], backends: [], [kind]: [now] } as unknown as RulesValues, options)
      for (const [path, value] of merged.changed) {
        setValue(`${kind}.0.${path}` as FieldPath<RulesValues>, value, { shouldDirty: true })
      }
      setConflicts((earlier) => [
        ...stillOpen(earlier, leavesOf(now), merged.conflicts),
        ...merged.conflicts,
      ])
      return merged.conflicts
    },
    [getValues, kind, reset, setValue, valuesOf],
  )

  /** The rule has changed or gone before it was saved. @returns whether what is typed can be saved all the same */
  const catchUp = async (error: unknown): Promise<boolean> => {
    const current = await options.refetch()
    if (!current) {
      setGone(true)
      return false
    }
    if (isNotFound(error)) throw error
    return absorb(current).length === 0
  }

  /** @returns whether that was it: it is saved, or there is something for the person to decide */
  const attempt = async (): Promise<boolean> => {
    const sent = JSON.stringify(getValues())
    try {
      await options.save(getValues(), known.current)
    } catch (error) {
      if (!isVersionConflict(error) && !isNotFound(error)) throw error
      return !(await catchUp(error))
    }
    // What was typed while it was being saved stays, in the open row.
    if (JSON.stringify(getValues()) === sent) options.onSaved()
    return true
  }

  const send = async (): Promise<void> => {
    if (gone) return options.onSaved(await options.createAgain(getValues(), known.current))
    for (let merges = 0; merges < MERGES_MAX; merges += 1) if (await attempt()) return
    throw new Error('The rule changes faster than it can be saved.')
  }

  useEffect(() => {
    if (!restored) return
    for (const [path, value] of leavesOf(restored.values)) {
      setValue(`${kind}.0.${path}` as FieldPath<RulesValues>, value, { shouldDirty: true })
    }
  }, [restored, kind, setValue])
  useEffect(() => {
    if (rule === null) setGone(true)
    else if (rule.updated_at >= known.current.updated_at) absorb(rule)
  }, [rule, absorb])
  useEffect(() => onDirty(isDirty || gone), [isDirty, gone, onDirty])
  useEffect(() => {
    const { unsubscribe } = watch(() => {
      const values = getValues(`${kind}.0`) as unknown as Values
      const changed = JSON.stringify(values) !== JSON.stringify(valuesOf(known.current))
      if (changed) keepRowDraft<Rule>(table, { known: known.current, values })
      else dropRowDraft(table)
    })
    return () => {
      unsubscribe()
      dropRowDraft(table)
    }
  }, [watch, getValues, kind, table, valuesOf])

  /** Goes by the others where both changed something, and keeps the rest of the draft. */
  const takeCurrent = () => {
    for (const { path, current } of conflicts) {
      setValue(pathOf(path), current, { shouldDirty: true, shouldValidate: true })
    }
    setConflicts([])
  }
  const saveMine = () => {
    setConflicts([])
    void form.submit()
  }
  return {
    form,
    conflicts,
    gone,
    saveMine,
    takeCurrent,
    dirty: isDirty,
    saving: form.formState.isSubmitting,
    focus: (field: string) => setFocus(pathOf(field)),
  }
}
