'use client'
import { Toaster as Sonner } from 'sonner'

const COLOURS = {
  '--normal-bg': 'var(--color-surface-raised)',
  '--normal-border': 'var(--color-border)',
  '--normal-text': 'var(--color-text)',
} as React.CSSProperties

/** Where toasts appear: what succeeded, and what has a next step. Errors stay in the page instead. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      duration={6000}
      closeButton
      style={COLOURS}
      toastOptions={{ className: 'font-sans!', descriptionClassName: 'text-muted!' }}
    />
  )
}
