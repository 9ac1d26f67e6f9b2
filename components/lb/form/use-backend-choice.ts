'use client'
import { useEffect } from 'react'
import { useFormContext, useWatch } from 'react-hook-form'
import type { Protocol } from '#lib/core/protocol.ts'
import type { RulesValues } from './rule-values.ts'

/** A backend as a choice of a frontend. */
export type BackendChoice = {
  value: string
  name: string
  protocol: Protocol
  /** What else changes along with its protocol. */
  consequence?: string
}

type Options = {
  index: number
  choices: readonly BackendChoice[]
  /** Selects the only matching backend by itself: for new frontends, never for one that has traffic. */
  selectsOnly: boolean
}

/** The backends with a frontend's protocol, and the others. A choice that no longer matches is cleared. */
export function useBackendChoice({ index, choices, selectsOnly }: Options) {
  const { setValue, trigger, getFieldState } = useFormContext<RulesValues>()
  const base = `frontends.${index}` as const
  const [protocol, selected, switched] = useWatch<
    RulesValues,
    [`${typeof base}.protocol`, `${typeof base}.backend`, `${typeof base}.switchedBackend`]
  >({ name: [`${base}.protocol`, `${base}.backend`, `${base}.switchedBackend`] })
  const hasProtocol = (choice: BackendChoice) =>
    choice.protocol === protocol || choice.value === switched
  const matching = choices.filter(hasProtocol)
  const other = choices.filter((choice) => !hasProtocol(choice))
  const isMatching = matching.some(({ value }) => value === selected)
  const [only] = matching
  const replacement = selectsOnly && only && matching.length === 1 ? only.value : ''
  useEffect(() => {
    if (isMatching || selected === replacement) return
    setValue(`${base}.backend`, replacement, { shouldDirty: true })
  }, [isMatching, selected, replacement, base, setValue])
  useEffect(() => {
    if (!isMatching) return
    // A mismatch is an error at either input. A change of the other one may have resolved it.
    const inputs = [`${base}.protocol`, `${base}.backend`] as const
    const invalid = inputs.filter((name) => getFieldState(name).invalid)
    if (invalid.length > 0) void trigger(invalid)
  }, [isMatching, base, trigger, getFieldState])
  const consequence = matching.find(
    ({ value, protocol: own }) => value === selected && own !== protocol,
  )?.consequence
  return { protocol, matching, other, isMatching, consequence }
}
