'use client'
import { useSyncExternalStore } from 'react'
import { useRenderedAt } from './rendered-at.tsx'

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    for (const notify of listeners) notify()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

const currentSecond = () => Math.floor(Date.now() / 1000) * 1000

/**
 * The time now in milliseconds, to the second, from one clock that all who ask share. While the page is taken over
 * from the server it is the server's: another text would make React draw the page again, and lose clicks meanwhile.
 */
export function useNow(): number {
  const renderedAt = useRenderedAt()
  return useSyncExternalStore(subscribe, currentSecond, () => renderedAt)
}
