'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { browserQuery } from '#lib/client/api-query.ts'
import { useUpdateLb } from '#lib/client/lb-mutations.ts'
import { lbOverview } from '#lib/client/lb-queries.ts'
import type { Lb } from '#lib/core/lb.ts'
import { ConflictPanel } from '../form/conflict-panel.tsx'
import { IdentityFields } from '../form/lb-fields.tsx'
import {
  IDENTITY_FORM,
  type IdentityValues,
  identityPatch,
  identityValues,
} from '../form/lb-values.ts'
import type { Values } from '../form/merge-values.ts'
import { useVersionedEdit } from '../form/use-versioned-edit.ts'

const formOf = (values: Values) => values as IdentityValues

/** Changes name, description and tags. The page shows them at once, while the dialog stays open until they are saved. */
export function EditLbDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const router = useRouter()
  const client = useQueryClient()
  const update = useUpdateLb(lb)
  const form = useApiForm(identityValues(lb), IDENTITY_FORM)
  const edit = useVersionedEdit({ form, opened: lb, valuesOf: identityValues, formOf, prefix: '' })
  const fetchCurrent = async () => {
    const query = { ...browserQuery(lbOverview(lb.id)), staleTime: 0 }
    return (await client.fetchQuery(query)).lb
  }
  const save = useMutation({
    mutationFn: () =>
      edit.save(
        (base) => update.mutateAsync({ base, patch: identityPatch(form.getValues(), base) }),
        fetchCurrent,
      ),
    onSuccess: (outcome) => {
      if (outcome !== 'saved') return
      onClose()
      // Updates the document's title, which has the name.
      router.refresh()
    },
  })
  return (
    <DialogForm
      form={form}
      title={`Edit ${lb.name}`}
      submitLabel={edit.conflicts.length > 0 ? null : 'Save'}
      onSubmit={() => save.mutateAsync()}
      submitError={save.error}
      errorTitle="The changes were not saved."
      loading={save.isPending}
      onClose={onClose}
    >
      <IdentityFields />
      <ConflictPanel
        edit={edit}
        lbId={lb.id}
        resourceId={lb.id}
        what="this load balancer"
        saving={save.isPending}
      />
    </DialogForm>
  )
}
