'use client'
import { useId, useState } from 'react'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { RadioCards } from '#components/ui/radio-cards.tsx'
import { errorWords } from '#lib/client/error-words.ts'
import { useMigrateLb } from '#lib/client/lb-mutations.ts'
import { LB_TYPES, type Lb } from '#lib/core/lb.ts'
import { limitsInWords } from '#lib/core/lb-type.ts'

/** Changes a load balancer's type, which is how much it may carry. */
export function ResizeDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const formId = useId()
  const migrate = useMigrateLb(lb)
  const [type, setType] = useState(lb.type)
  const submit = () => {
    if (migrate.isPending) return
    if (type === lb.type) return onClose()
    migrate.mutate(type, {
      onSuccess: () => {
        toast.success(`${lb.name} becomes ${type.toUpperCase()}.`)
        onClose()
      },
    })
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Change the type of ${lb.name}`}
      description="The type limits how much it carries. Connections go on while it changes."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={migrate.isPending}>
            Change type
          </Button>
        </>
      }
    >
      <form
        id={formId}
        method="post"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <RadioCards
          legend="Type"
          name="type"
          value={type}
          onChange={({ target }) => setType(target.value)}
          options={LB_TYPES.map((one) => ({
            value: one,
            label: one === lb.type ? `${one.toUpperCase()} (now)` : one.toUpperCase(),
            description: limitsInWords(one),
          }))}
        />
        {migrate.error && (
          <Alert tone="danger" title="The type was not changed.">
            {errorWords(migrate.error)}
          </Alert>
        )}
      </form>
    </Dialog>
  )
}
