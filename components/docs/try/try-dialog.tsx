'use client'
import { useQuery } from '@tanstack/react-query'
import { Alert } from '#components/ui/alert.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { openApiDocument } from '#lib/client/openapi-queries.ts'
import type { ApiDocument } from '../api-document.ts'
import { triedCall } from './tried-call.ts'
import { TryForm } from './try-form.tsx'

/** The form that sends one call of the API, and what is answered. */
export function TryDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery({
    ...browserQuery(openApiDocument<ApiDocument>()),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const call = query.data && triedCall(query.data, id)
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={call?.summary ?? 'Try it'}
      description={call && `${call.method} ${call.path}`}
    >
      {call ? (
        <TryForm call={call} />
      ) : query.error ? (
        <Alert tone="danger">{errorMessage(query.error)}</Alert>
      ) : (
        <Skeleton className="h-40" />
      )}
    </Dialog>
  )
}
