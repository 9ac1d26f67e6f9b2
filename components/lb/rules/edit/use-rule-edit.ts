'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import type { FieldPath } from 'react-hook-form'
import { type FormRequest, useApiForm } from '#components/form/use-api-form.ts'
import { type ApiQuery, browserQuery } from '#lib/client/api-query.ts'
import { recordSave } from '#lib/client/rule-save.ts'
import type { Lb } from '#lib/core/lb.ts'
import { leavesOf, type Values } from '../../form/merge-values.ts'
import type { RulesValues } from '../../form/rule-values.ts'
import { useVersionedEdit } from '../../form/use-versioned-edit.ts'
import { readRowDraft, storeRowDraft } from './use-open-row.ts'

type Options<Rule, Tree> = {
  lb: Lb
  /** Which list of the form has the rule, as its only one. */
  kind: keyof RulesValues
  request: FormRequest<RulesValues, Tree>
  /** Identifies the table in the browser's storage. */
  table: string
  /** The rule when the row was opened. */
  opened: Rule
  /** All rules of the kind as they are now, and their query. */
  rules: readonly Rule[]
  query: ApiQuery<Rule[]>
  valuesOf: (rule: Rule) => Values
  /** Saves the form as a change of the base version. */
  save: (values: RulesValues, base: Rule) => Promise<{ generation: number | null }>
  /** Creates the deleted rule again from the form. */
  recreate: (values: RulesValues, base: Rule) => Promise<{ id: string; generation: number | null }>
  /** Called after a save. `newId` is given where the rule was created again. */
  onSaved: (newId?: string) => void
  onDirty: (dirty: boolean) => void
}

/** The editing of a rule in its row. The draft survives a reload, and changes by others are merged into it. */
export function useRuleEdit<Rule extends { id: string; updated_at: string }, Tree>(
  options: Options<Rule, Tree>,
) {
  const { lb, kind, request, table, opened, rules, query, valuesOf, onSaved, onDirty } = options
  const client = useQueryClient()
  const [draft] = useState(() => {
    const stored = readRowDraft<Rule>(table)
    return stored?.base?.id === opened.id ? stored : null
  })
  const [deleted, setDeleted] = useState(false)
  const formOf = useCallback(
    (values: Values) =>
      ({ frontends: [], backends: [], [kind]: [values] }) as unknown as RulesValues,
    [kind],
  )
  const form = useApiForm(formOf(valuesOf(draft?.base ?? opened)), request)
  const { getValues, watch, setFocus } = form
  const isDirty = form.formState.isDirty
  const prefix = `${kind}.0.`
  const edit = useVersionedEdit<Rule, RulesValues>({
    form,
    opened: draft?.base ?? opened,
    valuesOf,
    formOf,
    prefix,
  })
  const { base, inputs, set, rebase } = edit

  const fetchCurrent = async () => {
    const all = await client.fetchQuery({ ...browserQuery(query), staleTime: 0 })
    return all.find(({ id }) => id === opened.id) ?? null
  }
  const saveRule = async (): Promise<void> => {
    let sent = ''
    const outcome = await edit.save(async (version) => {
      sent = JSON.stringify(getValues())
      const { generation } = await options.save(getValues(), version)
      recordSave(client, lb.id, { ruleId: opened.id, verb: 'Saved', generation })
    }, fetchCurrent)
    if (outcome === 'deleted') setDeleted(true)
    // What was typed during the save stays, in the open row.
    if (outcome === 'saved' && JSON.stringify(getValues()) === sent) onSaved()
  }
  const recreateRule = async (): Promise<void> => {
    const { id, generation } = await options.recreate(getValues(), base.current)
    recordSave(client, lb.id, { ruleId: id, verb: 'Created', generation })
    onSaved(id)
  }
  const save = useMutation({ mutationFn: deleted ? recreateRule : saveRule })

  useEffect(() => {
    for (const [path, value] of leavesOf(draft?.values ?? {})) set(path, value)
  }, [draft, set])
  const current = rules.find(({ id }) => id === opened.id) ?? null
  useEffect(() => {
    if (current === null) setDeleted(true)
    else if (current.updated_at >= base.current.updated_at) rebase(current)
  }, [current, base, rebase])
  useEffect(() => onDirty(isDirty || deleted), [isDirty, deleted, onDirty])
  useEffect(() => {
    const { unsubscribe } = watch(() => {
      const values = inputs()
      const isChanged = JSON.stringify(values) !== JSON.stringify(valuesOf(base.current))
      storeRowDraft<Rule>(table, isChanged ? { base: base.current, values } : null)
    })
    return () => {
      unsubscribe()
      storeRowDraft(table, null)
    }
  }, [watch, inputs, table, valuesOf, base])

  return {
    form,
    conflicts: edit.conflicts,
    takeCurrent: edit.takeCurrent,
    keepMine: edit.keepMine,
    deleted,
    save,
    focus: (field: string) => setFocus(`${prefix}${field}` as FieldPath<RulesValues>),
  }
}
