'use client'
import { useEffect, useState } from 'react'
import type { FieldValues, UseFormReturn } from 'react-hook-form'

const storageKey = (name: string) => `fairlead-draft:${name}`

/** The text of a draft, or none where the browser keeps nothing for this page. */
function stored(name: string): string | null {
  try {
    return sessionStorage.getItem(storageKey(name))
  } catch {
    return null
  }
}

function store(name: string, text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(storageKey(name))
    else sessionStorage.setItem(storageKey(name), text)
  } catch {
    // Storage that is full or switched off costs the draft, not the form.
  }
}

/**
 * Keeps what is typed in a form over a reload and over going away and back, as long as the tab lives.
 * @returns whether a draft was brought back, and how to be done with it.
 */
export function useFormDraft<Values extends FieldValues>(
  name: string,
  form: UseFormReturn<Values>,
) {
  const [restored, setRestored] = useState(false)
  const { reset, watch } = form
  useEffect(() => {
    const draft = stored(name)
    if (draft !== null) {
      reset(JSON.parse(draft) as Values, { keepDefaultValues: true })
      setRestored(true)
    }
    const { unsubscribe } = watch((values) => store(name, JSON.stringify(values)))
    return unsubscribe
  }, [name, reset, watch])
  const discard = () => {
    store(name, null)
    setRestored(false)
  }
  return { restored, discard }
}
