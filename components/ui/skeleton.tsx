import { clsx } from 'clsx'

/** A placeholder for loading content. `className` sets its size; the region around it is `aria-busy`. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <div
      aria-hidden
      className={clsx('motion-safe:animate-pulse rounded-control bg-surface-sunken', className)}
    />
  )
}
