'use client'
import { type FieldPath, useFormContext } from 'react-hook-form'
import type { RulesValues } from './form-values.ts'

/** What an input of a rule needs: its registration in the form around it, and what is wrong with it. */
export function useRuleField(name: FieldPath<RulesValues>) {
  const { register, getFieldState, formState } = useFormContext<RulesValues>()
  return { ...register(name), error: getFieldState(name, formState).error?.message }
}

/** Where a rule's input stands: which rule of the form it is of, and in a table's row the name of that rule. */
export type RuleInputProps = {
  index: number
  /** "backend web": the label is then "Port, backend web", and hidden under the column's heading. */
  row?: string | undefined
}

/** An input's label, and below it its hint: in a row of a table the column's heading stands for both. */
export function ruleLabel(label: string, hint: string | undefined, row: string | undefined) {
  return row === undefined ? { label, hint } : { label: `${label}, ${row}`, hideLabel: true }
}
