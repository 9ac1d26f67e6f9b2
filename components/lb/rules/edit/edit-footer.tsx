'use client'
import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { SubmitError } from '../../form/submit-error.tsx'

type Props = {
  name: string
  gone: boolean
  saving: boolean
  /** Whether a conflict has to be decided before this can be saved. */
  undecided: boolean
  onSave: () => void
  onCancel: () => void
  /** Further inputs of the rule, and what is to be decided. */
  children?: ReactNode
}

/** What stands under the open row: further inputs, what went wrong, and the ways out. */
export function EditFooter({ name, gone, saving, undecided, onSave, onCancel, children }: Props) {
  return (
    <div className="grid gap-4 pb-3">
      {children}
      {gone && (
        <Alert tone="warn" title={`Somebody else has deleted ${name} meanwhile.`}>
          What you typed is still here. You can create the rule again from it.
        </Alert>
      )}
      <SubmitError title="The changes were not saved." />
      {!undecided && (
        <div className="flex flex-wrap items-center gap-2">
          <Button changes variant="primary" size="small" loading={saving} onClick={onSave}>
            {gone ? 'Create again' : saving ? 'Saving…' : 'Save'}
          </Button>
          <Button size="small" onClick={onCancel}>
            Cancel
          </Button>
        </div>
      )}
      {undecided && (
        <div>
          <Button size="small" onClick={onCancel}>
            Cancel
          </Button>
        </div>
      )}
    </div>
  )
}
