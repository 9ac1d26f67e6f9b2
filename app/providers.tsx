'use client'
import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { RenderedAt } from '#components/ui/rendered-at.tsx'
import { Toaster } from '#components/ui/toaster.tsx'
import { newQueryClient } from '#lib/client/query-client.ts'

/** The query cache and the toasts of the pages behind the log-in. */
export function Providers({ renderedAt, children }: { renderedAt: number; children: ReactNode }) {
  const [client] = useState(newQueryClient)
  return (
    <QueryClientProvider client={client}>
      <RenderedAt at={renderedAt}>{children}</RenderedAt>
      <Toaster />
    </QueryClientProvider>
  )
}
