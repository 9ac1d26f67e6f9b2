'use client'
import { createContext, type ReactNode, useContext } from 'react'

const RenderedAtContext = createContext(0)

/** When the server rendered the page, in milliseconds since the epoch. Hydration renders times of that moment. */
export function RenderedAt({ at, children }: { at: number; children: ReactNode }) {
  return <RenderedAtContext value={at}>{children}</RenderedAtContext>
}

export function useRenderedAt(): number {
  return useContext(RenderedAtContext)
}
