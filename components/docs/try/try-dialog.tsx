'use client'
import { useQuery } from '@tanstack/react-query'
import { Alert } from '#components/ui/alert.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { apiDescription } from '#lib/client/description-queries.ts'
import { errorWords } from '#lib/client/error-text.ts'
import { queryOf } from '#lib/client/read.ts'
import type { ApiDocument } from '../api-document.ts'
import { triedCall } from './tried-call.ts'
import { TryForm } from './try-form.tsx'

/** The form that sends one call of the API, and what is answered. */
export function TryDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery({
    ...queryOf(apiDescription<ApiDocument>()),
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
        <Alert tone="danger">{errorWords(query.error)}</Alert>
      ) : (
        <Skeleton className="h-40" />
      )}
    </Dialog>
  )
}
