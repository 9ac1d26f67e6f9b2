'use client'
import { useSyncExternalStore } from 'react'
import { Toaster as Sonner } from 'sonner'

const COLOURS = {
  '--normal-bg': 'var(--color-surface-raised)',
  '--normal-border': 'var(--color-border)',
  '--normal-text': 'var(--color-text)',
} as React.CSSProperties

/** Where the menu is behind a button (Tailwind's `md`), and what is pressed next is at the bottom. */
const NARROW = '(width < 48rem)'
/** Below the bar with the menu's button. */
const BELOW_BAR = { top: '3.75rem' }

function subscribe(listener: () => void): () => void {
  const query = matchMedia(NARROW)
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

/**
 * Where toasts appear: what succeeded, and what has a next step. Errors stay in the page instead. On phones they come
 * from above, since at the bottom they would lie on the buttons of what is being edited.
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
