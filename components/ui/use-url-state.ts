'use client'
import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect, useState } from 'react'
import { type Parameters, readUrlState, urlQuery } from './url-state.ts'

/** State that lives in the page's URL, so that links, Back and a reload keep it. */
export function useUrlState<State extends object>(parameters: Parameters<State>) {
  const state = readUrlState(parameters, Object.fromEntries(useSearchParams()))
  const pathname = usePathname()
  // From the URL itself, because a callback may have been created before the last change.
  const urlOf = (change: Partial<State>) => {
    const current = readUrlState(
      parameters,
      Object.fromEntries(new URLSearchParams(location.search)),
    )
    return pathname + urlQuery(parameters, { ...current, ...change })
  }
  return {
    state,
    /** Changes the state as a step that Back undoes. */
    push: (change: Partial<State>) => window.history.pushState(null, '', urlOf(change)),
    /** Changes the state without a step in the browser's history. */
    replace: (change: Partial<State>) => window.history.replaceState(null, '', urlOf(change)),
  }
}

/** From the last key press until the filter applies: quick typing is one request and one change of the URL. */
const TYPING_MS = 120

/**
 * A text filter while it is typed. The URL's parameter follows shortly after, through `onTyped`. The text follows the URL
 * only when the person moves through the browser's history: any other change of the URL is older than what has been typed.
 * @param value the parameter's value
 */
export function useTypedFilter(parameter: string, value: string, onTyped: (text: string) => void) {
  const [text, set] = useState(value)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the timer.
  useEffect(() => {
    const typed = text.trim()
    if (typed === value) return
    const timer = setTimeout(() => {
      if (typed !== textInUrl(parameter)) onTyped(typed)
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  useEffect(() => {
    const follow = () => set(textInUrl(parameter))
    // Back may have been pressed before the listener was added.
    follow()
    window.addEventListener('popstate', follow)
    return () => window.removeEventListener('popstate', follow)
  }, [parameter])
  return { text, set }
}

const textInUrl = (parameter: string) =>
  new URLSearchParams(location.search).get(parameter)?.trim() ?? ''

type Searchable = { search: string; order: string }

/**
 * The state of a list with a text filter and an order.
 * @param reset what each change of filter or order resets, such as the page
 */
export function useListState<State extends Searchable>(
  parameters: Parameters<State>,
  reset: Partial<State> = {},
) {
  const { state, push, replace } = useUrlState(parameters)
  const typed = useTypedFilter('search', state.search, (search) =>
    replace({ ...reset, search } as Partial<State>),
  )
  const change = (next: Partial<State>) =>
    push({ ...reset, search: typed.text.trim(), ...next } as Partial<State>)
  const clear = () => {
    typed.set('')
    const { order: _, ...filters } = readUrlState(parameters, {})
    push(filters as Partial<State>)
  }
  return { state, change, clear, typed }
}
