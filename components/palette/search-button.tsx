'use client'
import { Search } from 'lucide-react'
import { buttonClass } from '#components/ui/button-class.ts'
import { useHydrated } from '#components/ui/use-hydrated.ts'
import { openPalette } from './open-palette.ts'

/** Opens the palette. @param compact an icon, for the header on phones */
export function SearchButton({ compact = false }: { compact?: boolean }) {
  const hydrated = useHydrated()
  const apple = hydrated && /Mac|iP(hone|ad|od)/.test(navigator.userAgent)
  if (compact) {
    return (
      <button
        type="button"
        aria-label="Search"
        className={buttonClass('ghost', 'icon')}
        onClick={openPalette}
      >
        <Search aria-hidden className="size-5" />
      </button>
    )
  }
  return (
    <button
      type="button"
      aria-keyshortcuts="Control+K Meta+K"
      className="flex h-8 w-full items-center gap-2.5 rounded-control border border-border-strong/60 px-2 text-muted hover:bg-surface-sunken hover:text-text"
      onClick={openPalette}
    >
      <Search aria-hidden className="size-4 shrink-0" />
      Search
      <kbd aria-hidden className="ml-auto font-sans text-xs">
        {apple ? '⌘K' : 'Ctrl K'}
      </kbd>
    </button>
  )
}
