'use client'
import { usePathname } from 'next/navigation'
import { useEffect, useState } from 'react'

/**
 * The id that the address names by its fragment. CSS's `:target` does not see the moves of Next's router.
 * @returns '' for none.
 */
export function useTarget(): string {
  const pathname = usePathname()
  const [target, setTarget] = useState('')
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page has a fragment of its own.
  useEffect(() => {
    const read = () => setTarget(location.hash.slice(1))
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [pathname])
  return target
}
