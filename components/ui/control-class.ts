import { clsx } from 'clsx'

/** The classes of text inputs, text areas and selects. 16 px on phones: less makes the page zoom. */
export function controlClass(extra?: string): string {
  return clsx(
    'w-full min-w-0 rounded-control border border-border-strong bg-surface px-2.5 text-base sm:text-sm',
    'aria-invalid:border-danger disabled:bg-surface-sunken disabled:text-muted',
    'focus-visible:border-accent focus-visible:outline-offset-0',
    extra,
  )
}
