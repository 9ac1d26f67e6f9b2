'use client'
import { useSyncExternalStore } from 'react'

const never = () => () => {}

/** Whether what is drawn may depend on the browser's state; not while the server's drawing is taken over. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}
