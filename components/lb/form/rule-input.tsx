'use client'
import type { FieldPath } from 'react-hook-form'
import { useField } from '#components/form/use-field.ts'
import { TextField } from '#components/ui/text-field.tsx'
import type { RulesValues } from './rule-values.ts'

/** The props of an input of a rule. */
export const useRuleField = (name: FieldPath<RulesValues>) => useField<RulesValues>(name)

/** Which rule of the form an input belongs to, and in a table row the rule's name. */
export type RuleInputProps = {
  index: number
  /** "backend web": the label is then "Port, backend web", hidden because the column has a heading. */
  row?: string | undefined
}

/** An input's label and hint. In a table row the column heading replaces both. */
export function ruleLabel(label: string, hint: string | undefined, row: string | undefined) {
  return row === undefined ? { label, hint } : { label: `${label}, ${row}`, hideLabel: true }
}

type NumberProps = { name: FieldPath<RulesValues>; label: string; hint: string }

/** An input for a whole number. It holds text, so that typing errors can be shown and corrected. */
export function NumberInput({ name, label, hint }: NumberProps) {
  return (
    <TextField
      label={label}
      hint={hint}
      inputMode="numeric"
      autoComplete="off"
      monospace
      {...useRuleField(name)}
    />
  )
}
