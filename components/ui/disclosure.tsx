import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'

type Props = Omit<ComponentProps<'details'>, 'children'> & {
  summary: ReactNode
  children: ReactNode
}

/** A native disclosure. The browser's own search finds its content. */
export function Disclosure({ summary, className, children, ...props }: Props) {
  return (
    <details {...props} className={clsx('group', className)}>
      <summary className="flex min-h-8 w-fit list-none items-center gap-1.5 rounded-control font-medium text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
        {summary}
      </summary>
      <div className="pt-3">{children}</div>
    </details>
  )
}
