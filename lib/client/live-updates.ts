import type { QueryClient } from '@tanstack/react-query'
import type { LiveEvent } from '#lib/core/live-event.ts'
import { LIVE_EVENT_TYPES } from '#lib/core/live-event-types.ts'
import { apiPath } from './api-path.ts'
import { LiveCache } from './live-cache.ts'
import { setLive } from './live-state.ts'

const BACKOFF_MIN_MS = 500
const BACKOFF_MAX_MS = 10_000
/** A tab out of sight gives its connection back after this: browsers have six for all tabs together. */
const HIDDEN_MS = 10_000

/** When to try for the `attempt`-th time in a row, 0 the first: ever later, and not all tabs at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt)
  return most / 2 + (random() * most) / 2
}

/**
 * Follows the events of the control plane for as long as the tab is in sight, and keeps the cache up to date by them.
 * While there are none, what is on the page is polled. Returns how to stop.
 */
export function followLiveUpdates(client: QueryClient, lbId: string | null): () => void {
  const cache = new LiveCache(client)
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0

  const close = () => {
    clearTimeout(timer)
    source?.close()
    source = null
  }
  const lost = () => {
    close()
    const wasLive = setLive(false)
    // Polling starts with a look at once, which also finds out about a session that is over.
    if (wasLive) void client.invalidateQueries()
    if (document.hidden) return
    timer = setTimeout(open, backoff(attempt))
    attempt += 1
  }
  const receive = (type: LiveEvent['type'], data: string) => {
    if (type === 'resync') {
      attempt = 0
      setLive(true)
    }
    cache.apply({ type, ...JSON.parse(data) } as LiveEvent)
  }
  const open = () => {
    close()
    const opened = new EventSource(`/api${apiPath.events(lbId)}`)
    source = opened
    opened.onerror = lost
    for (const type of LIVE_EVENT_TYPES) {
      opened.addEventListener(type, ({ data }) => receive(type, data))
    }
  }
  const look = () => {
    clearTimeout(timer)
    if (document.hidden) {
      timer = setTimeout(() => {
        close()
        setLive(false)
      }, HIDDEN_MS)
    } else if (!source) open()
  }

  look()
  document.addEventListener('visibilitychange', look)
  return () => {
    document.removeEventListener('visibilitychange', look)
    close()
    cache.stop()
    setLive(false)
  }
}
