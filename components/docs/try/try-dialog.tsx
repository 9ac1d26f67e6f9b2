'use client'
import { useQuery } from '@tanstack/react-query'
import { Alert } from '#components/ui/alert.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { openApiDocument } from '#lib/client/openapi-queries.ts'
import type { ApiDocument } from '../api-document.ts'
import { findCall } from './call-request.ts'
import { TryForm } from './try-form.tsx'

/** A form that sends one call of the API and shows the response. */
export function TryDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery({
    ...browserQuery(openApiDocument<ApiDocument>()),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const call = query.data && findCall(query.data, id)
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
