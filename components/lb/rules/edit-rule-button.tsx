import { Pencil } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { editButtonId } from './edit/use-open-row.ts'

/** The row's way to be edited. */
export function EditRuleButton({
  id,
  name,
  onClick,
}: {
  id: string
  name: string
  onClick: () => void
}) {
  return (
    <Button
      changes
      id={editButtonId(id)}
      variant="ghost"
      size="icon"
      aria-label={`Edit ${name}`}
      title={`Edit ${name}`}
      onClick={onClick}
    >
      <Pencil aria-hidden className="size-4 text-muted" />
    </Button>
  )
}
