import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'

type Props = {
  /** "Add frontend rule", and where that is done. */
  add: { label: string; href: string }
  count: number
  empty: { title: string; text: string }
  children: ReactNode
}

/** A tab of rules: the way to a new one, and the table of those there are. */
export function RulesTab({ add, count, empty, children }: Props) {
  const addLink = (
    <ButtonLink changes variant="primary" href={add.href}>
      <Plus aria-hidden className="size-4" />
      {add.label}
    </ButtonLink>
  )
  if (count === 0) {
    return (
      <EmptyState title={empty.title} action={addLink}>
        {empty.text}
      </EmptyState>
    )
  }
  return (
    <div className="grid gap-4">
      <div className="flex justify-end">{addLink}</div>
      {children}
    </div>
  )
}
