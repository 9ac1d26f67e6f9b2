'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { unavailableQueries } from '#lib/client/query-client.ts'

/** How often what could not be read is asked for again. */
const RETRY_MS = 3000

/** Says once for the whole page that the control plane is away and what is shown stays; nothing while it is not. */
export function ReachNotice() {
  const client = useQueryClient()
  const [retrying, setRetrying] = useState(false)
  const subscribe = useCallback(
    (listener: () => void) => client.getQueryCache().subscribe(listener),
    [client],
  )
  const words = useSyncExternalStore(
    subscribe,
    () =>
      wordsOf(
        unavailableQueries(client).find(({ state }) => state.data !== undefined)?.state.error,
      ),
    () => null,
  )
  const away = words !== null
  useEffect(() => {
    if (!away) return
    // A control plane that hung and goes on breaks no stream, so no event says that it is back.
    const timer = setInterval(() => {
      const idle = unavailableQueries(client).filter(({ state }) => state.fetchStatus === 'idle')
      for (const query of idle) void query.fetch().catch(() => {})
    }, RETRY_MS)
    return () => clearInterval(timer)
  }, [away, client])
  if (!away) return null
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
      {words}
    </Alert>
  )
}

const wordsOf = (error: unknown) => (error ? errorMessage(error) : null)
