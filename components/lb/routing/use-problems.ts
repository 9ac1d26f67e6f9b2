'use client'
import { useRef, useState } from 'react'
import { validationErrors } from '#lib/client/api-error.ts'
import { errorMessage } from '#lib/client/error-text.ts'

/**
 * The problems of a small form: from the first try to send it on they follow what is typed, and that try puts the focus
 * on the first of them.
 * @param check what is wrong, by input
 */
export function useProblems<Values, Field extends string>(
  values: Values,
  check: (values: Values) => Partial<Record<Field, string>>,
) {
  const form = useRef<HTMLFormElement>(null)
  const [tried, setTried] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [refused, setRefused] = useState<{ of: Values; by: Partial<Record<Field, string>> }>()
  const own = tried ? check(values) : {}
  // What the server refused holds until it is changed.
  const problems = { ...(refused?.of === values ? refused.by : {}), ...own }
  const focusFirst = () => {
    // Once it is marked, which the next paint does.
    requestAnimationFrame(() => {
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
    })
  }
  return {
    form,
    problems: problems as Partial<Record<Field, string>>,
    /** What the server refused that is about no input; null for nothing. */
    problem,
    /** Whether the form can be sent as it is. */
    pass: () => {
      setTried(true)
      if (Object.keys(check(values)).length > 0) {
        focusFirst()
        return false
      }
      setProblem(null)
      return true
    },
    /**
     * Says what the server refused, at its inputs where there are such.
     * @param inputOf the input that shows a field of the API
     */
    refuse: (error: unknown, inputOf: (field: string) => Field | null) => {
      const placed = validationErrors(error).flatMap(({ field, message }) => {
        const input = inputOf(field)
        return input === null ? [] : [[input, message] as const]
      })
      if (placed.length === 0) {
        setProblem(errorMessage(error))
        return
      }
      setRefused({ of: values, by: Object.fromEntries(placed) as Partial<Record<Field, string>> })
      focusFirst()
    },
  }
}
