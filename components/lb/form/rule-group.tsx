import { Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '#components/ui/button.tsx'

type Props = {
  /** "Frontend rule 1". */
  title: string
  /** Takes the rule out of the form; without it the rule stays. */
  onRemove?: () => void
  children: ReactNode
}

/** The inputs of one rule, as a group with a name. */
export function RuleGroup({ title, onRemove, children }: Props) {
  return (
    <fieldset className="relative grid min-w-0 gap-4 rounded-card border border-border p-4">
      <legend className="sr-only">{title}</legend>
      <div className="flex h-7 items-center justify-between">
        <p aria-hidden className="text-[0.8125rem] font-medium text-muted">
          {title}
        </p>
        {onRemove && (
          <Button variant="ghost" size="small" aria-label={`Remove ${title}`} onClick={onRemove}>
            <Trash2 aria-hidden className="size-4 text-muted" />
            Remove
          </Button>
        )}
      </div>
      {children}
    </fieldset>
  )
}
