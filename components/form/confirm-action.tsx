'use client'
import type { ComponentProps } from 'react'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { errorMessage } from '#lib/client/error-text.ts'

type Props = Omit<
  ComponentProps<typeof ConfirmDialog>,
  'open' | 'onOpenChange' | 'loading' | 'error'
> & {
  /** Why the last request failed; null where it has not. */
  submitError: Error | null
  /** Whether the request is being sent. */
  loading: boolean
  onClose: () => void
}

/** Asks before a request that can't be undone. It stays open until the parent closes it. */
export function ConfirmAction({ submitError, onClose, ...props }: Props) {
  return (
    <ConfirmDialog
      {...props}
      open
      onOpenChange={(open) => !open && onClose()}
      error={submitError && errorMessage(submitError)}
    />
  )
}
