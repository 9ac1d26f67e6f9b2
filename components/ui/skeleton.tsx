import { clsx } from 'clsx'

/** Holds the place of what is loading; `className` gives its size. The region around it says that it is busy. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <div
      aria-hidden
      className={clsx('motion-safe:animate-pulse rounded-control bg-surface-sunken', className)}
    />
  )
}
