'use client'
import { useCallback, useRef, useState } from 'react'
import type { FieldPath, FieldValues, UseFormReturn } from 'react-hook-form'
import { isNotFound, isVersionConflict } from '#lib/client/api-error.ts'
import { type Conflict, leavesOf, mergeValues, type Values } from './merge-values.ts'

type Options<Version, FormValues extends FieldValues> = {
  form: UseFormReturn<FormValues>
  /** The version that the form is filled from. */
  opened: Version
  /** What the inputs hold for a version. */
  valuesOf: (version: Version) => Values
  /** The values of the whole form, of what the inputs hold. */
  formOf: (values: Values) => FormValues
  /** Where the inputs are in the form: "frontends.0."; '' for its top level. */
  prefix: string
}

/** How a save ended: it succeeded, a conflict has to be resolved first, or the object is deleted. */
type Outcome = 'saved' | 'conflict' | 'deleted'

/** How often a save is retried by itself after a change by someone else that does not conflict. */
const ATTEMPTS_MAX = 5

/** The earlier conflicts that remain beside those just found. */
function remaining(
  earlier: readonly Conflict[],
  current: Map<string, string | boolean>,
  found: readonly Conflict[],
): Conflict[] {
  return earlier.flatMap((one) => {
    const now = current.get(one.path)
    const isFound = found.some(({ path }) => path === one.path)
    return isFound || now === undefined || now === one.mine ? [] : [{ ...one, current: now }]
  })
}

/**
 * The editing of an object that others may change: a three-way merge of the base version, the form and the current version.
 * Untouched inputs follow the current version. An input that both sides changed is a conflict.
 */
export function useVersionedEdit<Version, FormValues extends FieldValues>(
  options: Options<Version, FormValues>,
) {
  const { form, opened, valuesOf, formOf, prefix } = options
  const { getValues, reset, setValue } = form
  const base = useRef<Version>(opened)
  const [conflicts, setConflicts] = useState<Conflict[]>([])
  const pathOf = useCallback(
    (path: string) => `${prefix}${path}` as FieldPath<FormValues>,
    [prefix],
  )
  const set = useCallback(
    (path: string, value: string | boolean, shouldValidate = false) =>
      setValue(pathOf(path), value as Parameters<typeof setValue>[1], {
        shouldDirty: true,
        shouldValidate,
      }),
    [pathOf, setValue],
  )
  const inputs = useCallback(() => {
    const values = getValues() as FormValues
    return prefix === ''
      ? (values as unknown as Values)
      : (getValues(prefix.slice(0, -1) as FieldPath<FormValues>) as unknown as Values)
  }, [getValues, prefix])

  /** Merges a newer version into the form. @returns the new conflicts */
  const rebase = useCallback(
    (current: Version): Conflict[] => {
      const [before, now] = [valuesOf(base.current), valuesOf(current)]
      base.current = current
      if (JSON.stringify(before) === JSON.stringify(now)) return []
      const { changed, conflicts: found } = mergeValues(before, inputs(), now)
      reset(formOf(now), { keepErrors: true, keepTouched: true, keepSubmitCount: true })
      for (const [path, value] of changed) set(path, value)
      setConflicts((earlier) => [...remaining(earlier, leavesOf(now), found), ...found])
      return found
    },
    [formOf, inputs, reset, set, valuesOf],
  )

  type Send = (base: Version) => Promise<unknown>
  type FetchCurrent = () => Promise<Version | null>

  /** @returns 'changed' where a change by someone else was merged, so that another attempt may succeed */
  const attempt = async (send: Send, fetchCurrent: FetchCurrent): Promise<Outcome | 'changed'> => {
    try {
      await send(base.current)
      return 'saved'
    } catch (error) {
      if (!isVersionConflict(error) && !isNotFound(error)) throw error
      const current = await fetchCurrent()
      if (current === null) return 'deleted'
      // Something else is missing, such as the backend that a frontend names.
      if (isNotFound(error)) throw error
      return rebase(current).length > 0 ? 'conflict' : 'changed'
    }
  }

  /**
   * Saves the form. Where the object has changed since the base version, it merges the change and tries again.
   * @param send saves the form as a change of the base version
   * @param fetchCurrent the current version; null where it is deleted
   */
  const save = async (send: Send, fetchCurrent: FetchCurrent): Promise<Outcome> => {
    for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts += 1) {
      const outcome = await attempt(send, fetchCurrent)
      if (outcome !== 'changed') return outcome
    }
    throw new Error('The object changes faster than it can be saved.')
  }

  return {
    base,
    conflicts,
    inputs,
    set,
    rebase,
    save,
    /** Resolves the conflicts with the current version. */
    takeCurrent: () => {
      for (const { path, current } of conflicts) set(path, current, true)
      setConflicts([])
    },
    /** Resolves the conflicts with the form's values. */
    keepMine: () => setConflicts([]),
  }
}
