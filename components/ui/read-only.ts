import { createContext, useContext } from 'react'

/** Why the current account may change nothing; null where it may. */
export const ReadOnly = createContext<string | null>(null)

/** Why controls that lead to a change are inert; null where they are not. */
export function useReadOnly(): string | null {
  return useContext(ReadOnly)
}
