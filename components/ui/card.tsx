import { clsx } from 'clsx'
import { type ReactNode, useId } from 'react'

type Props = {
  title?: ReactNode
  description?: ReactNode
  actions?: ReactNode
  className?: string
  id?: string
  children?: ReactNode
}

/** A framed part of a page. With a title, it is a region of that name. */
export function Card({ title, description, actions, className, id, children }: Props) {
  const titleId = useId()
  return (
    <section
      id={id}
      aria-labelledby={title ? titleId : undefined}
      className={clsx('rounded-card border border-border bg-surface p-4 sm:p-5', className)}
    >
      {(title || actions) && (
        <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
          <div className="grid gap-1">
            {title && (
              <h2 id={titleId} className="text-base font-semibold">
                {title}
              </h2>
            )}
            {description && <p className="text-muted">{description}</p>}
          </div>
          {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  )
}
