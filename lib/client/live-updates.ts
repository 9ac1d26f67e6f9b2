import type { QueryClient } from '@tanstack/react-query'
import type { LiveEvent } from '#lib/core/live-event.ts'
import { LIVE_EVENT_TYPES } from '#lib/core/live-event-types.ts'
import { apiPath } from './api-path.ts'
import { LiveCache } from './live-cache.ts'
import { setLive } from './live-state.ts'

const BACKOFF_MIN_MS = 500
const BACKOFF_MAX_MS = 10_000
/** A hidden tab disconnects after this time: browsers allow six connections for all tabs together. */
const HIDDEN_MS = 10_000

/** Exponential backoff with jitter. @param attempt from 0 @returns milliseconds until the attempt */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt)
  return most / 2 + (random() * most) / 2
}

/**
 * Follows the control plane's event stream while the tab is visible, and applies the events to the query cache. While the
 * stream is not connected, the queries on the page poll. Returns a function that stops it.
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
  const onError = () => {
    close()
    const wasLive = setLive(false)
    // Polling starts with a refetch, which also finds out whether the session has ended.
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
    opened.onerror = onError
    for (const type of LIVE_EVENT_TYPES) {
      opened.addEventListener(type, ({ data }) => receive(type, data))
    }
  }
  const onVisibility = () => {
    clearTimeout(timer)
    if (document.hidden) {
      timer = setTimeout(() => {
        close()
        setLive(false)
      }, HIDDEN_MS)
    } else if (!source) open()
  }

  onVisibility()
  document.addEventListener('visibilitychange', onVisibility)
  return () => {
    document.removeEventListener('visibilitychange', onVisibility)
    close()
    cache.stop()
    setLive(false)
  }
}
