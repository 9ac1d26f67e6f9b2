'use client'
import type { UseQueryResult } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { isUnavailable } from '#lib/client/api-error.ts'
import { errorMessage } from '#lib/client/error-text.ts'

type Query = Pick<UseQueryResult, 'dataUpdatedAt' | 'isFetching' | 'refetch'>

const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** "Updated 14:02:11", with a button that refreshes. */
export function UpdatedAt({ query: { dataUpdatedAt, refetch } }: { query: Query }) {
  return (
    <p className="flex items-center gap-1 text-[0.8125rem] text-muted">
      {/* The server's time zone may differ from the browser's, and so the text. */}
      <span suppressHydrationWarning>Updated {TIME.format(dataUpdatedAt)}</span>
      <Button
        variant="ghost"
        size="icon"
        className="size-7!"
        aria-label="Refresh"
        title="Refresh"
        onClick={() => void refetch()}
      >
        <RefreshCw aria-hidden className="size-3.5" />
      </Button>
    </p>
  )
}

type Failing = Pick<UseQueryResult, 'error' | 'data' | 'refetch' | 'isFetching'>

/**
 * A warning that a refresh failed while the page shows older data; nothing otherwise. Where the control plane can't be
 * reached, one notice covers the whole page (components/shell/unavailable-notice.tsx).
 */
export function RefreshWarning({
  query: { error, data, refetch, isFetching },
}: {
  query: Failing
}) {
  if (!error || (data !== undefined && isUnavailable(error))) return null
  const retry = (
    <Button size="small" loading={isFetching} onClick={() => void refetch()}>
      Retry
    </Button>
  )
  const stale = data !== undefined
  return (
    <Alert
      tone={stale ? 'warn' : 'danger'}
      title={stale ? 'This may be out of date.' : 'This could not be loaded.'}
      action={retry}
    >
      {errorMessage(error)}
    </Alert>
  )
}
