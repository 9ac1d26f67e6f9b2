import { clsx } from 'clsx'

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger'
export type ButtonSize = 'medium' | 'small' | 'icon'

const VARIANTS: Record<ButtonVariant, string> = {
  primary: 'bg-accent-fill text-on-fill hover:bg-accent-fill-strong',
  secondary: 'border border-border-strong/60 bg-surface hover:bg-surface-sunken',
  ghost: 'hover:bg-surface-sunken',
  danger: 'bg-danger-fill text-on-fill hover:bg-danger-fill-strong',
}

const SIZES: Record<ButtonSize, string> = {
  medium: 'h-9 px-3.5',
  small: 'h-7 px-2.5 text-[0.8125rem]',
  icon: 'size-8 shrink-0',
}

/** The classes of buttons and of links that look like buttons. */
export function buttonClass(variant: ButtonVariant, size: ButtonSize, extra?: string): string {
  return clsx(
    'inline-flex items-center justify-center gap-1.5 rounded-control font-medium whitespace-nowrap',
    'transition-colors select-none aria-disabled:opacity-55',
    VARIANTS[variant],
    SIZES[size],
    extra,
  )
}
