import { clsx } from 'clsx'
import type { ReactNode } from 'react'

/** Facts as term and value: `<DefinitionList><Definition term="Region">Paris</Definition></DefinitionList>`. */
export function DefinitionList({
  className,
  children,
}: {
  className?: string
  children: ReactNode
}) {
  return (
    <dl
      className={clsx(
        'grid gap-y-2.5 sm:grid-cols-[minmax(8rem,max-content)_1fr] sm:gap-x-6',
        className,
      )}
    >
      {children}
    </dl>
  )
}

export function Definition({ term, children }: { term: ReactNode; children: ReactNode }) {
  return (
    <div className="grid gap-x-6 sm:col-span-2 sm:grid-cols-subgrid">
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}
