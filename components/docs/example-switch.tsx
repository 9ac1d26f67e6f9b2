'use client'
import { useState } from 'react'
import { SegmentedControl } from '#components/ui/segmented-control.tsx'

const LANGUAGES = [
  { value: 'curl', label: 'curl' },
  { value: 'sdk', label: 'SDK' },
] as const

/** Chooses the language of all examples. It sets an attribute on the server's HTML, which has both. */
export function ExampleSwitch() {
  const [language, setLanguage] = useState<'curl' | 'sdk'>('curl')
  return (
    <SegmentedControl
      legend="Examples"
      options={LANGUAGES}
      value={language}
      onChange={(chosen) => {
        setLanguage(chosen)
        const reference = document.querySelector<HTMLElement>('[data-reference]')
        if (reference) reference.dataset.examples = chosen
      }}
    />
  )
}
