'use client'
import { lazy, Suspense, useEffect, useState } from 'react'
import { OPEN_PALETTE_EVENT } from './open-palette.ts'

// Loaded when it is first opened.
const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))

const isShortcut = ({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent) =>
  key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey && !shiftKey

/** Opens the palette on its keyboard shortcut and its event. */
export function PaletteHost({ accountId }: { accountId: string }) {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const show = () => setOpen(true)
    const press = (event: KeyboardEvent) => {
      // Not over a dialog, which needs an answer first.
      if (
        !isShortcut(event) ||
        document.querySelector('[aria-modal="true"], [role="alertdialog"], [role="dialog"]')
      )
        return
      event.preventDefault()
      show()
    }
    window.addEventListener(OPEN_PALETTE_EVENT, show)
    window.addEventListener('keydown', press)
    return () => {
      window.removeEventListener(OPEN_PALETTE_EVENT, show)
      window.removeEventListener('keydown', press)
    }
  }, [])
  if (!open) return null
  return (
    <Suspense>
      <Palette accountId={accountId} onClose={() => setOpen(false)} />
    </Suspense>
  )
}
