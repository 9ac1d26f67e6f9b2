'use client'
import { useEffect } from 'react'
import { useFormContext, useWatch } from 'react-hook-form'
import type { Protocol } from '#lib/core/protocol.ts'
import type { RulesValues } from './rule-values.ts'

/** A backend that a frontend may pass its traffic to. */
export type BackendChoice = {
  value: string
  name: string
  protocol: Protocol
  /** What else changes where it is made to speak another protocol. */
  consequence?: string
}

type Options = {
  index: number
  choices: readonly BackendChoice[]
  /** Takes the only backend that fits without being asked: for a new frontend, never for one that has traffic. */
  takeOnly: boolean
}

/** The backends that speak a frontend's protocol, and those that don't. A choice that no longer fits is dropped. */
export function useBackendChoice({ index, choices, takeOnly }: Options) {
  const { setValue, trigger, getFieldState } = useFormContext<RulesValues>()
  const base = `frontends.${index}` as const
  const [protocol, chosen, switched] = useWatch<
    RulesValues,
    [`${typeof base}.protocol`, `${typeof base}.backend`, `${typeof base}.switchedBackend`]
  >({ name: [`${base}.protocol`, `${base}.backend`, `${base}.switchedBackend`] })
  const speaks = (choice: BackendChoice) =>
    choice.protocol === protocol || choice.value === switched
  const matching = choices.filter(speaks)
  const other = choices.filter((choice) => !speaks(choice))
  const fits = matching.some(({ value }) => value === chosen)
  const [only] = matching
  const replacement = takeOnly && only && matching.length === 1 ? only.value : ''
  useEffect(() => {
    if (fits || chosen === replacement) return
    setValue(`${base}.backend`, replacement, { shouldDirty: true })
  }, [fits, chosen, replacement, base, setValue])
  useEffect(() => {
    if (!fits) return
    // What was wrong between the two is settled, whichever of them gave way.
    const named = [`${base}.protocol`, `${base}.backend`] as const
    const wrong = named.filter((name) => getFieldState(name).invalid)
    if (wrong.length > 0) void trigger(wrong)
  }, [fits, base, trigger, getFieldState])
  const consequence = matching.find(
    ({ value, protocol: own }) => value === chosen && own !== protocol,
  )?.consequence
  return { protocol, matching, other, fits, consequence }
}
