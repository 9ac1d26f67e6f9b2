'use client'
import { type FieldPath, useFormContext } from 'react-hook-form'
import type { RulesValues } from './form-values.ts'

/** What an input of a rule needs: its registration in the form around it, and what is wrong with it. */
export function useRuleField(name: FieldPath<RulesValues>) {
  const { register, getFieldState, formState } = useFormContext<RulesValues>()
  return { ...register(name), error: getFieldState(name, formState).error?.message }
}
