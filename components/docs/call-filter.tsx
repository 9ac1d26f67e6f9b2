'use client'
import { useState } from 'react'
import { TextField } from '#components/ui/text-field.tsx'
import { matchesSearch } from '#lib/core/fold-case.ts'

/**
 * Hides the calls without the words in the page and its index, and groups without calls. It changes the server's HTML in
 * place, so that the API's description need not be sent to the script as well.
 * @returns the number of matching calls
 */
function showMatching(text: string): number {
  for (const call of document.querySelectorAll<HTMLElement>('[data-call]')) {
    call.hidden = !matchesSearch(call.dataset.call ?? '', text)
  }
  for (const group of document.querySelectorAll<HTMLElement>('[data-call-group]')) {
    group.hidden = group.querySelector('[data-call]:not([hidden])') === null
  }
  return document.querySelectorAll('section[data-call]:not([hidden])').length
}

/** The filter of the reference, with the number of matches for screen readers. */
export function CallFilter() {
  const [matches, setMatches] = useState<number | null>(null)
  return (
    <search className="grid gap-1.5">
      <TextField
        label="Filter calls"
        hideLabel
        type="search"
        placeholder="Filter by path or words"
        className="w-full sm:max-w-80"
        onChange={({ target }) => {
          const count = showMatching(target.value.trim())
          setMatches(target.value.trim() === '' ? null : count)
        }}
      />
      <p role="status" className="text-muted empty:hidden">
        {matches === null
          ? ''
          : matches === 1
            ? '1 call matches.'
            : `${matches || 'No'} calls match.`}
      </p>
    </search>
  )
}
