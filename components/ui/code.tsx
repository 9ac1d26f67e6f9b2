import { clsx } from 'clsx'
import type { ReactNode } from 'react'

/** An address, a port or an identifier. */
export function Code({ className, children }: { className?: string; children: ReactNode }) {
  return <code className={clsx('font-mono text-[0.8125rem]', className)}>{children}</code>
}
