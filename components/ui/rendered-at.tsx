'use client'
import { createContext, type ReactNode, useContext } from 'react'

const RenderedAtContext = createContext(0)

/** When the server drew the page, in milliseconds since 1970: what it drew of times is taken over as it is. */
export function RenderedAt({ at, children }: { at: number; children: ReactNode }) {
  return <RenderedAtContext value={at}>{children}</RenderedAtContext>
}

export function useRenderedAt(): number {
  return useContext(RenderedAtContext)
}
