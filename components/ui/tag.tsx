import type { ReactNode } from 'react'

/** A tag, or a short fact beside a name. */
export function Tag({ children }: { children: ReactNode }) {
  return (
    <span className="inline-block max-w-full truncate rounded-control border border-border bg-surface-sunken px-1.5 align-middle text-xs/5 text-muted">
      {children}
    </span>
  )
}
