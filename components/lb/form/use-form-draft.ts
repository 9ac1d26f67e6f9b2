'use client'
import { useEffect, useState } from 'react'
import type { FieldValues, UseFormReturn } from 'react-hook-form'
import { readStored, store } from '#lib/client/browser-storage.ts'

const storageKey = (name: string) => `fairlead-draft:${name}`

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
    const draft = readStored('tab', storageKey(name))
    if (draft !== null) {
      reset(JSON.parse(draft) as Values, { keepDefaultValues: true })
      setRestored(true)
    }
    const { unsubscribe } = watch((values) =>
      store('tab', storageKey(name), JSON.stringify(values)),
    )
    return unsubscribe
  }, [name, reset, watch])
  const discard = () => {
    store('tab', storageKey(name), null)
    setRestored(false)
  }
  return { restored, discard }
}
