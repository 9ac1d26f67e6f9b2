import { createContext, useContext } from 'react'

/** Why whoever looks at the page may change nothing; null where they may. */
export const ReadOnly = createContext<string | null>(null)

/** The reason why what changes something is inert, for who may not. */
export function useReadOnly(): string | null {
  return useContext(ReadOnly)
}
