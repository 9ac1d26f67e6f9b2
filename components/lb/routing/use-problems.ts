'use client'
import { useRef, useState } from 'react'

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
    /** Whether the form can be sent as it is. */
    pass: () => {
      setTried(true)
      if (Object.keys(check(values)).length === 0) return true
      focusFirst()
      return false
    },
    refuse: (by: Partial<Record<Field, string>>) => {
      setRefused({ of: values, by })
      focusFirst()
    },
  }
}
