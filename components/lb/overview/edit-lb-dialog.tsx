'use client'
import { useRouter } from 'next/navigation'
import { FormProvider } from 'react-hook-form'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import type { Lb } from '#lib/core/lb.ts'
import { ConflictPanel } from '../form/conflict-panel.tsx'
import { IdentityFields } from '../form/identity-fields.tsx'
import { SubmitError } from '../form/submit-error.tsx'
import { useIdentityEdit } from './use-identity-edit.ts'

/** Changes name, description and tags. They show at once; the dialog stays until they are saved. */
export function EditLbDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const router = useRouter()
  const { form, conflicts, takeCurrent, saveMine } = useIdentityEdit(lb, () => {
    onClose()
    // The window's title carries the name.
    router.refresh()
  })
  const { isSubmitting } = form.formState
  const undecided = conflicts.length > 0
  return (
    <FormDialog
      title={`Edit ${lb.name}`}
      submitLabel={undecided ? null : 'Save'}
      loading={isSubmitting}
      onSubmit={() => void form.submit()}
      onClose={onClose}
    >
      <FormProvider {...form}>
        <IdentityFields />
        {undecided && (
          <ConflictPanel
            lbId={lb.id}
            resourceId={lb.id}
            what="this load balancer"
            conflicts={conflicts}
            saving={isSubmitting}
            onSaveMine={saveMine}
            onUseCurrent={takeCurrent}
          />
        )}
        <SubmitError title="The changes were not saved." />
      </FormProvider>
    </FormDialog>
  )
}
