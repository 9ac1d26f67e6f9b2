'use client'
import { lazy, Suspense, useEffect, useState } from 'react'
import { OPEN_PALETTE_EVENT } from './open-palette.ts'

// Loaded on demand.
const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))

const isShortcut = ({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent) =>
  key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey && !shiftKey

/** Opens the palette on its keyboard shortcut and its event. */
export function PaletteHost({ accountId }: { accountId: string }) {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const show = () => setOpen(true)
    const onKeyDown = (event: KeyboardEvent) => {
      // An open dialog must be closed first.
      if (
        !isShortcut(event) ||
        document.querySelector('[aria-modal="true"], [role="alertdialog"], [role="dialog"]')
      )
        return
      event.preventDefault()
      show()
    }
    window.addEventListener(OPEN_PALETTE_EVENT, show)
    window.addEventListener('keydown', onKeyDown)
    return () => {
      window.removeEventListener(OPEN_PALETTE_EVENT, show)
      window.removeEventListener('keydown', onKeyDown)
    }
  }, [])
  if (!open) return null
  return (
    <Suspense>
      <Palette accountId={accountId} onClose={() => setOpen(false)} />
    </Suspense>
  )
}
