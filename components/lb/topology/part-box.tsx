import { clsx } from 'clsx'
import { CircleCheck, CircleDashed, CircleX, type LucideIcon, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import type { Part } from './topology-model.ts'

const TONES: Record<Part['tone'], { icon: LucideIcon | null; ink: string; frame: string }> = {
  ok: { icon: CircleCheck, ink: 'text-ok', frame: 'border-border' },
  warn: { icon: TriangleAlert, ink: 'text-warn', frame: 'border-warn' },
  danger: { icon: CircleX, ink: 'text-danger', frame: 'border-danger' },
  neutral: { icon: null, ink: 'text-muted', frame: 'border-border' },
  progress: { icon: CircleDashed, ink: 'text-accent', frame: 'border-border' },
}

type Props = { part: Part; monospace?: boolean; strong?: boolean }

/** A box of the picture, with its state as an icon and a word. */
export function PartBox({ part, monospace = false, strong = false }: Props) {
  const { icon: Icon, ink, frame } = TONES[part.tone]
  const rate = part.rate && <span className="shrink-0 text-xs text-muted">{part.rate}</span>
  const content = (
    <>
      <span className="flex min-w-0 items-baseline justify-between gap-1.5">
        <span className={clsx('truncate font-medium', monospace && 'font-mono text-[0.8125rem]')}>
          {part.title}
        </span>
        {!monospace && rate}
      </span>
      <span className={clsx('flex min-w-0 items-center gap-1 text-xs', ink)}>
        {Icon && <Icon aria-hidden className="size-3 shrink-0" />}
        <span className="truncate">{part.detail}</span>
        {/* An address needs a line of its own. */}
        {monospace && rate && <span className="ml-auto">{rate}</span>}
      </span>
    </>
  )
  const className = clsx(
    'grid h-11.5 min-w-0 content-center rounded-control border px-2.5 leading-tight',
    strong ? 'border-accent bg-accent-soft' : [frame, 'bg-surface'],
  )
  if (part.href === undefined) {
    return (
      <div className={className} title={part.explanation}>
        {content}
      </div>
    )
  }
  return (
    <Link
      href={part.href}
      title={part.explanation}
      className={clsx(className, 'hover:border-accent')}
    >
      {content}
    </Link>
  )
}
