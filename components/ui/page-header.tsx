'use client'
import { usePathname } from 'next/navigation'
import { type ReactNode, useEffect, useRef } from 'react'

/** The page whose heading last got the focus. The browser announces the first page itself. */
let announced: string | undefined

type Props = {
  title: ReactNode
  /** One line under the title. */
  description?: ReactNode
  /** Beside the title: a status, a tag. */
  badge?: ReactNode
  /** Above the title: a link to the parent page. */
  parent?: ReactNode
  actions?: ReactNode
}

/** A page's h1 and actions. On navigation the h1 gets the focus, so that screen readers start there. */
export function PageHeader({ title, description, badge, parent, actions }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const pathname = usePathname()
  useEffect(() => {
    if (announced !== undefined && announced !== pathname) {
      heading.current?.focus({ preventScroll: true })
    }
    announced = pathname
  }, [pathname])
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="grid min-w-0 gap-1">
        {parent && <div className="text-muted">{parent}</div>}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 ref={heading} tabIndex={-1} className="text-xl/8 font-semibold tracking-tight">
            {title}
          </h1>
          {badge}
        </div>
        {description && <p className="max-w-prose text-muted">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  )
}
