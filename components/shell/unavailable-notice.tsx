'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { unavailableQueries } from '#lib/client/query-client.ts'

/** How often failed queries are retried. */
const RETRY_MS = 3000

/** A notice that the page may be out of date because the control plane can't be reached; nothing while it can. */
export function UnavailableNotice() {
  const client = useQueryClient()
  const [retrying, setRetrying] = useState(false)
  const subscribe = useCallback(
    (listener: () => void) => client.getQueryCache().subscribe(listener),
    [client],
  )
  const message = useSyncExternalStore(
    subscribe,
    () =>
      messageOf(
        unavailableQueries(client).find(({ state }) => state.data !== undefined)?.state.error,
      ),
    () => null,
  )
  const isUnavailable = message !== null
  useEffect(() => {
    if (!isUnavailable) return
    // A control plane that hung and recovers keeps its streams, so no event announces the recovery.
    const timer = setInterval(() => {
      const idle = unavailableQueries(client).filter(({ state }) => state.fetchStatus === 'idle')
      for (const query of idle) void query.fetch().catch(() => {})
    }, RETRY_MS)
    return () => clearInterval(timer)
  }, [isUnavailable, client])
  if (!isUnavailable) return null
  const retry = async () => {
    setRetrying(true)
    await Promise.all(unavailableQueries(client).map((query) => query.fetch().catch(() => {})))
    setRetrying(false)
  }
  return (
    <Alert
      tone="warn"
      title="This may be out of date."
      action={
        <Button size="small" loading={retrying} onClick={() => void retry()}>
          Retry
        </Button>
      }
    >
      {message}
    </Alert>
  )
}

const messageOf = (error: unknown) => (error ? errorMessage(error) : null)
