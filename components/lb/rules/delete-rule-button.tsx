import { Trash2 } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'

/** The row's way to be deleted. */
export function DeleteRuleButton({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <Button
      changes
      variant="ghost"
      size="icon"
      aria-label={`Delete ${name}`}
      title={`Delete ${name}`}
      onClick={onClick}
    >
      <Trash2 aria-hidden className="size-4 text-muted" />
    </Button>
  )
}
