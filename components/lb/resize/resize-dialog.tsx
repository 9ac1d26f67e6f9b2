'use client'
import { toast } from 'sonner'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { fieldsOf } from '#components/form/request-fields.ts'
import { formRequest, useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { RadioCards } from '#components/ui/radio-cards.tsx'
import { useMigrateLb } from '#lib/client/lb-mutations.ts'
import { LB_TYPES, type Lb, MigrateLb } from '#lib/core/lb.ts'
import { formatLimits } from '#lib/core/lb-type.ts'

export type TypeValues = { type: string }

export const TYPE_FORM = formRequest({
  fields: ({ type }: TypeValues) => ({ type: fieldsOf<TypeValues>()('type', type) }),
  schema: () => MigrateLb,
})

/** The input for a load balancer's type. */
export function TypeField({ current }: { current: string }) {
  return (
    <RadioCards
      legend="Type"
      options={LB_TYPES.map((type) => ({
        value: type,
        label: type === current ? `${type.toUpperCase()} (now)` : type.toUpperCase(),
        description: formatLimits(type),
      }))}
      {...useField<TypeValues>('type')}
    />
  )
}

/** Changes a load balancer's type, which limits its traffic. */
export function ResizeDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const migrate = useMigrateLb(lb, {
    onSuccess: ({ type }) => {
      toast.success(`${lb.name} becomes ${type.toUpperCase()}.`)
      onClose()
    },
  })
  const form = useApiForm({ type: lb.type }, TYPE_FORM)
  return (
    <DialogForm
      form={form}
      title={`Change the type of ${lb.name}`}
      description="The type limits how much it carries. Connections go on while it changes."
      submitLabel="Change type"
      onSubmit={(body) => (body.type === lb.type ? onClose() : migrate.mutateAsync(body))}
      submitError={migrate.error}
      errorTitle="The type was not changed."
      loading={migrate.isPending}
      onClose={onClose}
    >
      <TypeField current={lb.type} />
    </DialogForm>
  )
}
