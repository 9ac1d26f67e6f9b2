'use client'
import { LoaderCircle } from 'lucide-react'
import type { ComponentProps } from 'react'
import { type ButtonSize, type ButtonVariant, buttonClass } from './button-class.ts'
import { useReadOnly } from './read-only.ts'

type Props = Omit<ComponentProps<'button'>, 'disabled'> & {
  variant?: ButtonVariant
  size?: ButtonSize
  /** Whether its action is in progress. The button is then inert, but keeps the focus. */
  loading?: boolean
  /** Why it is inert, shown as a tooltip and read by screen readers. */
  disabledReason?: string | undefined
  /** Whether its action requires the right to write. If so, it is inert for viewers. */
  changes?: boolean
}

/** A button. Size `icon` needs an `aria-label`. It submits a form only with `type="submit"`. */
export function Button({
  variant = 'secondary',
  size = 'medium',
  type = 'button',
  loading = false,
  disabledReason: ownReason,
  changes = false,
  className,
  onClick,
  title,
  children,
  ...props
}: Props) {
  const readOnly = useReadOnly()
  const disabledReason = (changes ? readOnly : null) ?? ownReason
  const inert = loading || disabledReason !== undefined
  return (
    <button
      {...props}
      // `disabled` would drop the focus and hide the reason.
      aria-disabled={inert || undefined}
      aria-busy={loading || undefined}
      aria-description={disabledReason}
      title={disabledReason ?? title}
      type={type}
      className={buttonClass(variant, size, className)}
      onClick={(event) => {
        if (inert) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {loading && <LoaderCircle aria-hidden className="size-4 motion-safe:animate-spin" />}
      {children}
    </button>
  )
}
