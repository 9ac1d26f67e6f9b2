'use client'
import Link from 'next/link'
import type { ComponentProps } from 'react'
import { Button } from './button.tsx'
import { type ButtonSize, type ButtonVariant, buttonClass } from './button-class.ts'
import { useReadOnly } from './read-only.ts'

type Props = ComponentProps<typeof Link> & {
  variant?: ButtonVariant
  size?: ButtonSize
  /** Whether its action requires the right to write. If so, it is inert for viewers. */
  changes?: boolean
}

/** A link that looks like a button. */
export function ButtonLink({
  variant = 'secondary',
  size = 'medium',
  changes = false,
  className,
  ...props
}: Props) {
  const readOnly = useReadOnly()
  if (changes && readOnly !== null) {
    return (
      <Button {...{ variant, size, className }} disabledReason={readOnly}>
        {props.children}
      </Button>
    )
  }
  return <Link {...props} className={buttonClass(variant, size, className)} />
}
