'use client'
import { useRouter } from 'next/navigation'
import { useId } from 'react'
import { FormProvider } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { useUpdateLb } from '#lib/client/lb-mutations.ts'
import { type Lb, UpdateLb } from '#lib/core/lb.ts'
import { schemaProblems } from '../form/form-problems.ts'
import type { IdentityValues, RulesValues } from '../form/form-values.ts'
import { IdentityFields } from '../form/identity-fields.tsx'
import { identityRequest } from '../form/requests.ts'
import { SubmitError } from '../form/submit-error.tsx'
import { useCheckedForm } from '../form/use-checked-form.ts'

type Values = IdentityValues & RulesValues

const CHECK = (values: Values) => schemaProblems(UpdateLb, identityRequest(values))

/** Changes name, description and tags. They show at once; the dialog stays until they are saved. */
export function EditLbDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const formId = useId()
  const update = useUpdateLb(lb)
  const router = useRouter()
  const form = useCheckedForm<Values>({
    defaultValues: {
      name: lb.name,
      description: lb.description,
      tags: lb.tags.join(', '),
      frontends: [],
      backends: [],
    },
    check: CHECK,
    send: async (values) => {
      await update.mutateAsync(identityRequest(values))
      onClose()
      // The window's title carries the name.
      router.refresh()
    },
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Edit ${lb.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            loading={form.formState.isSubmitting}
          >
            Save
          </Button>
        </>
      }
    >
      <FormProvider {...form}>
        <form id={formId} method="post" noValidate onSubmit={form.submit} className="grid gap-4">
          <IdentityFields />
          <SubmitError title="The changes were not saved." />
        </form>
      </FormProvider>
    </Dialog>
  )
}
