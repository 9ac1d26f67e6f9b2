'use client'
import { LoaderCircle } from 'lucide-react'
import type { ComponentProps } from 'react'
import { type ButtonSize, type ButtonVariant, buttonClass } from './button-class.ts'
import { useReadOnly } from './read-only.ts'

type Props = Omit<ComponentProps<'button'>, 'disabled'> & {
  variant?: ButtonVariant
  size?: ButtonSize
  /** Its action is in progress: it keeps the focus but is inert. */
  loading?: boolean
  /** Why it is inert, for pointers and screen readers. */
  disabledReason?: string | undefined
  /** It leads to a change, so it is inert for viewers. */
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
