'use client'
import { useSyncExternalStore } from 'react'

const never = () => () => {}

/** False on the server and during hydration, when the output must not depend on the browser's state. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}
