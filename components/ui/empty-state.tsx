import type { ReactNode } from 'react'

type Props = { icon?: ReactNode; title: string; children?: ReactNode; action?: ReactNode }

/** Replaces an empty list: why it is empty and what to do. An error is not an empty list. */
export function EmptyState({ icon, title, children, action }: Props) {
  return (
    <div className="grid justify-items-center gap-2 rounded-card border border-dashed border-border bg-surface px-6 py-12 text-center">
      {icon && <div className="text-muted [&>svg]:size-6">{icon}</div>}
      <p className="text-base font-semibold">{title}</p>
      {children && <div className="max-w-prose text-muted">{children}</div>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  )
}
