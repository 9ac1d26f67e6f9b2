'use client'
import { useState } from 'react'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { RadioCards } from '#components/ui/radio-cards.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useMigrateLb } from '#lib/client/lb-mutations.ts'
import { LB_TYPES, type Lb } from '#lib/core/lb.ts'
import { formatLimits } from '#lib/core/lb-type.ts'

/** Changes a load balancer's type, which is how much it may carry. */
export function ResizeDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const migrate = useMigrateLb(lb)
  const [type, setType] = useState(lb.type)
  const submit = () => {
    if (type === lb.type) return onClose()
    migrate.mutate(
      { type },
      {
        onSuccess: () => {
          toast.success(`${lb.name} becomes ${type.toUpperCase()}.`)
          onClose()
        },
      },
    )
  }
  return (
    <FormDialog
      title={`Change the type of ${lb.name}`}
      description="The type limits how much it carries. Connections go on while it changes."
      submitLabel="Change type"
      loading={migrate.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <RadioCards
        legend="Type"
        name="type"
        value={type}
        onChange={({ target }) => setType(target.value)}
        options={LB_TYPES.map((one) => ({
          value: one,
          label: one === lb.type ? `${one.toUpperCase()} (now)` : one.toUpperCase(),
          description: formatLimits(one),
        }))}
      />
      {migrate.error && (
        <Alert tone="danger" title="The type was not changed.">
          {errorMessage(migrate.error)}
        </Alert>
      )}
    </FormDialog>
  )
}
