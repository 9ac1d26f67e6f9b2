'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { isVersionConflict } from '#lib/client/api-error.ts'
import { browserQuery } from '#lib/client/api-query.ts'
import { useUpdateLb } from '#lib/client/lb-mutations.ts'
import { lbOverview } from '#lib/client/lb-queries.ts'
import { type Lb, UpdateLb } from '#lib/core/lb.ts'
import { schemaProblems } from '../form/form-problems.ts'
import { type IdentityValues, identityValues, type RulesValues } from '../form/form-values.ts'
import { type Conflict, mergeValues } from '../form/merge-values.ts'
import { identityChange, identityRequest } from '../form/requests.ts'
import { useCheckedForm } from '../form/use-checked-form.ts'

type Values = IdentityValues & RulesValues
type Field = keyof IdentityValues

const CHECK = (values: Values) => schemaProblems(UpdateLb, identityRequest(values))

/**
 * The editing of name, description and tags. Where somebody else has changed them meanwhile, what does not overlap is
 * merged, and what does is for the person to decide.
 */
export function useIdentityEdit(lb: Lb, onSaved: () => void) {
  const client = useQueryClient()
  const update = useUpdateLb(lb)
  const known = useRef(lb)
  const [conflicts, setConflicts] = useState<Conflict[]>([])

  /** Takes over what others have changed. @returns what is left to decide */
  const absorb = (current: Lb): Conflict[] => {
    const { name, description, tags } = form.getValues()
    const now = identityValues(current)
    const merged = mergeValues(identityValues(known.current), { name, description, tags }, now)
    known.current = current
    form.reset({ ...now, frontends: [], backends: [] })
    for (const [field, value] of merged.changed) {
      form.setValue(field as Field, String(value), { shouldDirty: true })
    }
    setConflicts(merged.conflicts)
    return merged.conflicts
  }

  const send = async (): Promise<void> => {
    try {
      const patch = identityChange(form.getValues(), known.current)
      await update.mutateAsync({ base: known.current, patch })
    } catch (error) {
      if (!isVersionConflict(error)) throw error
      const { lb: current } = await client.fetchQuery({
        ...browserQuery(lbOverview(lb.id)),
        staleTime: 0,
      })
      return absorb(current).length > 0 ? undefined : send()
    }
    onSaved()
  }

  const form = useCheckedForm<Values>({
    defaultValues: { ...identityValues(lb), frontends: [], backends: [] },
    check: CHECK,
    send,
  })
  const takeCurrent = () => {
    for (const { path, current } of conflicts) {
      form.setValue(path as Field, String(current), { shouldDirty: true, shouldValidate: true })
    }
    setConflicts([])
  }
  const saveMine = () => {
    setConflicts([])
    void form.submit()
  }
  return { form, conflicts, takeCurrent, saveMine }
}
