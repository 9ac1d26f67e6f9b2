'use client'
import { useEffect, useState } from 'react'
import type { FieldValues, UseFormReturn } from 'react-hook-form'
import { readStored, store } from '#lib/client/browser-storage.ts'

const storageKey = (name: string) => `fairlead-draft:${name}`

/**
 * Keeps a form's values in the tab, over a reload and over leaving the page and coming back.
 * @param name identifies the form
 * @returns whether a draft was restored, and what deletes it
 */
export function useFormDraft<Values extends FieldValues>(
  name: string,
  { reset, watch }: Pick<UseFormReturn<Values>, 'reset' | 'watch'>,
) {
  const [restored, setRestored] = useState(false)
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
