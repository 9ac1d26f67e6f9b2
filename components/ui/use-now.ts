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
 * The current time in milliseconds, updated each second by one timer for all components. During hydration it is the time of
 * the server's rendering: another text would make React render the page again and lose clicks.
 */
export function useNow(): number {
  const renderedAt = useRenderedAt()
  return useSyncExternalStore(subscribe, currentSecond, () => renderedAt)
}
