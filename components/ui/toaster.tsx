'use client'
import { useSyncExternalStore } from 'react'
import { Toaster as Sonner } from 'sonner'

const COLOURS = {
  '--normal-bg': 'var(--color-surface-raised)',
  '--normal-border': 'var(--color-border)',
  '--normal-text': 'var(--color-text)',
} as React.CSSProperties

/** Where the menu is behind a button: Tailwind's `md`. */
const NARROW = '(width < 48rem)'
/** Below the header bar. */
const BELOW_BAR = { top: '3.75rem' }

function subscribe(listener: () => void): () => void {
  const query = matchMedia(NARROW)
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

/**
 * Shows toasts for success; errors stay in the page. On phones they are at the top, because the buttons of forms are at the
 * bottom.
 */
export function Toaster() {
  const isNarrow = useSyncExternalStore(
    subscribe,
    () => matchMedia(NARROW).matches,
    () => false,
  )
  return (
    <Sonner
      position={isNarrow ? 'top-center' : 'bottom-right'}
      mobileOffset={BELOW_BAR}
      duration={6000}
      closeButton
      style={COLOURS}
      toastOptions={{ className: 'font-sans!', descriptionClassName: 'text-muted!' }}
    />
  )
}
