'use client'
import { type ReactNode, type Ref, useId } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

type Props = {
  title: string
  description?: ReactNode
  /** The inputs, and what is wrong with them. */
  children: ReactNode
  /** The verb; null where something has to be decided in the form first. */
  submitLabel: string | null
  onSubmit: () => void
  /** It is being sent, and is not sent again meanwhile. */
  loading?: boolean
  onClose: () => void
  formRef?: Ref<HTMLFormElement>
}

/** A form in a modal dialog, with Cancel and the verb. It stays open until the parent closes it. */
export function FormDialog({
  title,
  description,
  children,
  submitLabel,
  onSubmit,
  loading = false,
  onClose,
  formRef,
}: Props) {
  const formId = useId()
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {submitLabel !== null && (
            <Button type="submit" form={formId} variant="primary" loading={loading}>
              {submitLabel}
            </Button>
          )}
        </>
      }
    >
      <form
        ref={formRef}
        id={formId}
        method="post"
        noValidate
        className="grid grid-cols-[minmax(0,1fr)] gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (submitLabel !== null && !loading) onSubmit()
        }}
      >
        {children}
      </form>
    </Dialog>
  )
}
