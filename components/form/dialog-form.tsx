'use client'
import { type ReactNode, useId, useRef } from 'react'
import type { FieldValues } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { FormElement, type FormProps, SubmitError, useFormShell } from './form-shell.tsx'

type Props<Values extends FieldValues, Tree> = FormProps<Values, Tree> & {
  title: string
  description?: ReactNode
  /** The verb; null where a decision in the form comes first, such as a conflict. */
  submitLabel: string | null
  onClose: () => void
  children: ReactNode
}

/** A form in a modal dialog. It stays open until the parent closes it. */
export function DialogForm<Values extends FieldValues, Tree>(props: Props<Values, Tree>) {
  const { title, description, submitLabel, onClose, errorTitle, children } = props
  const id = useId()
  const root = useRef<HTMLFormElement>(null)
  const shell = useFormShell(props, () => root.current)
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
            <Button type="submit" form={id} variant="primary" loading={shell.busy}>
              {submitLabel}
            </Button>
          )}
        </>
      }
    >
      <FormElement
        {...{ shell, id }}
        ref={root}
        // Not while a decision comes first.
        canSubmit={submitLabel !== null}
        className="grid grid-cols-[minmax(0,1fr)] gap-4"
      >
        {children}
        <SubmitError title={errorTitle} error={shell.error} />
      </FormElement>
    </Dialog>
  )
}
