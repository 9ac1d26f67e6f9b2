'use client'
import * as Radix from 'radix-ui/alert-dialog'
import type { ReactNode } from 'react'
import { Alert } from './alert.tsx'
import { Button } from './button.tsx'
import { DIALOG_CONTENT, DIALOG_FOOTER, DIALOG_OVERLAY } from './dialog-class.ts'
import { useReturnFocus } from './use-return-focus.ts'

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  /** "Delete backend web?" */
  title: string
  /** The consequences, and what can't be undone. */
  description: ReactNode
  children?: ReactNode
  /** The verb: "Delete backend". */
  confirmLabel: string
  onConfirm: () => void
  loading?: boolean
  error?: ReactNode
  tone?: 'danger' | 'primary'
  /** Why it can't be confirmed now. */
  disabledReason?: string | undefined
}

/** Asks before an action that can't be undone. Cancel has the initial focus. It stays open until the parent closes it. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  confirmLabel,
  onConfirm,
  loading = false,
  error,
  tone = 'danger',
  disabledReason,
}: Props) {
  const returnFocus = useReturnFocus(open)
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={DIALOG_OVERLAY}>
          <Radix.Content className={DIALOG_CONTENT} onCloseAutoFocus={returnFocus}>
            <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
            <Radix.Description asChild>
              <div className="mt-1.5 text-muted">{description}</div>
            </Radix.Description>
            {children && <div className="mt-4">{children}</div>}
            {error && (
              <Alert tone="danger" className="mt-4">
                {error}
              </Alert>
            )}
            <div className={DIALOG_FOOTER}>
              <Radix.Cancel asChild>
                <Button>Cancel</Button>
              </Radix.Cancel>
              <Button
                variant={tone}
                loading={loading}
                disabledReason={disabledReason}
                onClick={onConfirm}
              >
                {confirmLabel}
              </Button>
            </div>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
