'use client'
import type { FieldPath } from 'react-hook-form'
import { TextField } from '#components/ui/text-field.tsx'
import type { RulesValues } from './form-values.ts'
import { useRuleField } from './use-rule-field.ts'

type Props = { name: FieldPath<RulesValues>; label: string; hint: string }

/** An input for a whole number. It holds text, so that what is typed is never lost. */
export function NumberInput({ name, label, hint }: Props) {
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
