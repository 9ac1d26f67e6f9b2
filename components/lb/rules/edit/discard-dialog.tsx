import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'

type Props = {
  /** The rule whose row is open, and the one that is to be opened; none while nothing is asked. */
  name: string
  wanted: string | undefined
  onStay: () => void
  onDiscard: () => void
}

/** Asks before another row is opened while this one has changes. */
export function DiscardDialog({ name, wanted, onStay, onDiscard }: Props) {
  return (
    <ConfirmDialog
      open={wanted !== undefined}
      onOpenChange={(open) => !open && onStay()}
      title={`Discard the changes to ${name}?`}
      description={`They are not saved yet. To edit ${wanted}, save or discard them first.`}
      confirmLabel="Discard changes"
      onConfirm={onDiscard}
    />
  )
}
