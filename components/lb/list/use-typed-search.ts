'use client'
import { useEffect, useState } from 'react'

/** After the last letter: what is typed quickly is one request, and one change of the address. */
const TYPED_MS = 120

const textOfAddress = (parameter: string) =>
  new URLSearchParams(location.search).get(parameter)?.trim() ?? ''

/**
 * The text that a list is filtered by while it is being typed; the address's `parameter` follows a moment later, through
 * `onTyped`. The other way round only when the person moves through the browser's history: what comes back from the
 * address otherwise is older than what has been typed since.
 */
export function useTypedSearch(
  search: string,
  onTyped: (search: string) => void,
  parameter = 'search',
) {
  const [text, set] = useState(search)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing begins the wait.
  useEffect(() => {
    const typed = text.trim()
    if (typed === search) return
    const timer = setTimeout(() => {
      if (typed !== textOfAddress(parameter)) onTyped(typed)
    }, TYPED_MS)
    return () => clearTimeout(timer)
  }, [text])
  useEffect(() => {
    const follow = () => set(textOfAddress(parameter))
    // Back may have been pressed before this was listening.
    follow()
    window.addEventListener('popstate', follow)
    return () => window.removeEventListener('popstate', follow)
  }, [parameter])
  return { text, set }
}
