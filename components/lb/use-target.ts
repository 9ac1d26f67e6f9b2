'use client'
import { usePathname } from 'next/navigation'
import { useEffect, useState } from 'react'

/**
 * The ID in the URL's fragment; '' for none. CSS's `:target` ignores navigation by Next's router.
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
