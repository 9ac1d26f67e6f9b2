import { clsx } from 'clsx'
import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { ReactNode, Ref } from 'react'

export type AlertTone = 'info' | 'ok' | 'warn' | 'danger'

const TONES: Record<AlertTone, { icon: LucideIcon; frame: string; ink: string }> = {
  info: { icon: Info, frame: 'bg-accent-soft', ink: 'text-accent' },
  ok: { icon: CircleCheck, frame: 'bg-ok-soft', ink: 'text-ok' },
  warn: { icon: TriangleAlert, frame: 'bg-warn-soft', ink: 'text-warn' },
  danger: { icon: CircleAlert, frame: 'bg-danger-soft', ink: 'text-danger' },
}

type Props = {
  tone?: AlertTone
  title?: ReactNode
  children?: ReactNode
  /** A button or link that helps. */
  action?: ReactNode
  className?: string
  /** To focus it, for which it needs `tabIndex={-1}`. */
  ref?: Ref<HTMLDivElement>
  tabIndex?: number
}

/** A message that stays until its cause ends. */
export function Alert({ tone = 'info', title, children, action, className, ...props }: Props) {
  const { icon: Icon, frame, ink } = TONES[tone]
  return (
    <div
      {...props}
      role={tone === 'danger' ? 'alert' : 'status'}
      className={clsx(
        'flex flex-wrap items-start gap-x-2.5 gap-y-2 rounded-card p-3',
        frame,
        className,
      )}
    >
      <Icon aria-hidden className={clsx('mt-0.5 size-4 shrink-0', ink)} />
      {/* On a phone, the action goes below instead of squeezing the text. */}
      <div className="grid min-w-[min(15rem,100%-2rem)] flex-1 gap-1">
        {title && <p className="font-medium">{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  )
}
