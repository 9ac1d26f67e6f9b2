'use client'
import { useRouter } from 'next/navigation'
import { useId } from 'react'
import { FormProvider } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import type { Lb } from '#lib/core/lb.ts'
import { ConflictPanel } from '../form/conflict-panel.tsx'
import { IdentityFields } from '../form/identity-fields.tsx'
import { SubmitError } from '../form/submit-error.tsx'
import { useIdentityEdit } from './use-identity-edit.ts'

/** Changes name, description and tags. They show at once; the dialog stays until they are saved. */
export function EditLbDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const formId = useId()
  const router = useRouter()
  const { form, conflicts, takeCurrent, saveMine } = useIdentityEdit(lb, () => {
    onClose()
    // The window's title carries the name.
    router.refresh()
  })
  const { isSubmitting } = form.formState
  const undecided = conflicts.length > 0
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Edit ${lb.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {!undecided && (
            <Button type="submit" form={formId} variant="primary" loading={isSubmitting}>
              Save
            </Button>
          )}
        </>
      }
    >
      <FormProvider {...form}>
        <form
          id={formId}
          method="post"
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            if (!undecided) void form.submit()
          }}
          className="grid gap-4"
        >
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
        </form>
      </FormProvider>
    </Dialog>
  )
}
