'use client'
import { useState } from 'react'
import { TextField } from '#components/ui/text-field.tsx'
import { containsWords } from '#lib/core/fold-case.ts'

/**
 * Hides the calls that do not have the words, in the page and in its index, and the groups that are left empty. Done on
 * the page as the server sent it, so that the document is not sent a second time for the script.
 * @returns how many calls are left
 */
function showMatching(wanted: string): number {
  for (const call of document.querySelectorAll<HTMLElement>('[data-call]')) {
    call.hidden = !containsWords(call.dataset.call ?? '', wanted)
  }
  for (const group of document.querySelectorAll<HTMLElement>('[data-call-group]')) {
    group.hidden = group.querySelector('[data-call]:not([hidden])') === null
  }
  return document.querySelectorAll('section[data-call]:not([hidden])').length
}

/** The box that narrows the reference down, and what came of it in words. */
export function CallFilter() {
  const [left, setLeft] = useState<number | null>(null)
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
          setLeft(target.value.trim() === '' ? null : count)
        }}
      />
      <p role="status" className="text-muted empty:hidden">
        {left === null ? '' : left === 1 ? '1 call matches.' : `${left || 'No'} calls match.`}
      </p>
    </search>
  )
}
