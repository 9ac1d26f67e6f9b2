import { clsx } from 'clsx'
import {
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react'
import type { ReactNode } from 'react'

export type StatusTone = 'ok' | 'warn' | 'danger' | 'neutral' | 'progress'

const TONES: Record<StatusTone, { icon: LucideIcon; ink: string; spin?: boolean }> = {
  ok: { icon: CircleCheck, ink: 'text-ok' },
  warn: { icon: TriangleAlert, ink: 'text-warn' },
  danger: { icon: CircleX, ink: 'text-danger' },
  neutral: { icon: CircleDashed, ink: 'text-muted' },
  progress: { icon: LoaderCircle, ink: 'text-accent', spin: true },
}

/** A state as an icon and a word, never by colour alone. */
export function StatusBadge({ tone, children }: { tone: StatusTone; children: ReactNode }) {
  const { icon: Icon, ink, spin } = TONES[tone]
  return (
    <span className={clsx('inline-flex items-center gap-1.5 font-medium whitespace-nowrap', ink)}>
      <Icon aria-hidden className={clsx('size-4 shrink-0', spin && 'motion-safe:animate-spin')} />
      {children}
    </span>
  )
}
