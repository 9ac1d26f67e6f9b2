'use client'
import { X } from 'lucide-react'
import * as Radix from 'radix-ui/dialog'
import type { ReactNode } from 'react'
import { buttonClass } from './button-class.ts'
import {
  DIALOG_CONTENT,
  DIALOG_CONTENT_WIDE,
  DIALOG_FOOTER,
  DIALOG_OVERLAY,
} from './dialog-class.ts'
import { useReturnFocus } from './use-return-focus.ts'

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description?: ReactNode
  children?: ReactNode
  /** The buttons, the main one last. */
  footer?: ReactNode
  /** It must be answered: it has no close button, and Esc does not close it. */
  persistent?: boolean
  /** Room for code. */
  wide?: boolean
}

const stay = (event: Event) => event.preventDefault()

const INPUTS = 'input:not([type="radio"], [readonly]), input:checked, select, textarea'

/** Focuses the first input, or else the footer's first button: the least destructive action. Radix would focus the close button. */
function focusInside(event: Event): void {
  const dialog = event.currentTarget as HTMLElement
  const first =
    dialog.querySelector<HTMLElement>(INPUTS) ?? dialog.querySelector('[data-footer] button')
  if (!(first instanceof HTMLElement)) return
  event.preventDefault()
  first.focus()
}

/** A modal dialog. The focus moves into it, stays there, and returns to what opened it. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  persistent = false,
  wide = false,
}: Props) {
  const returnFocus = useReturnFocus(open)
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={DIALOG_OVERLAY}>
          <Radix.Content
            className={wide ? DIALOG_CONTENT_WIDE : DIALOG_CONTENT}
            onCloseAutoFocus={returnFocus}
            {...(description ? {} : { 'aria-describedby': undefined })}
            // One that must be answered has no close button, so Radix's choice is right: the first button or input.
            {...(persistent ? { onEscapeKeyDown: stay } : { onOpenAutoFocus: focusInside })}
            // A click outside would lose what was typed.
            onInteractOutside={stay}
          >
            <div className="flex items-start justify-between gap-4">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {!persistent && (
                <Radix.Close
                  className={buttonClass('ghost', 'icon', '-mt-1.5 -mr-2')}
                  aria-label="Close"
                >
                  <X aria-hidden className="size-4" />
                </Radix.Close>
              )}
            </div>
            {description && (
              <Radix.Description className="mt-1.5 text-muted">{description}</Radix.Description>
            )}
            {children && <div className="mt-4">{children}</div>}
            {footer && (
              <div data-footer className={DIALOG_FOOTER}>
                {footer}
              </div>
            )}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
