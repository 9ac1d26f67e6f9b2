import Link from 'next/link'
import type { ComponentProps } from 'react'
import { type ButtonSize, type ButtonVariant, buttonClass } from './button-class.ts'

type Props = ComponentProps<typeof Link> & { variant?: ButtonVariant; size?: ButtonSize }

/** A link that looks like a button: for going somewhere, never for doing something. */
export function ButtonLink({ variant = 'secondary', size = 'medium', className, ...props }: Props) {
  return <Link {...props} className={buttonClass(variant, size, className)} />
}
