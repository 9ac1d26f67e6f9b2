'use client'
import { type ReactNode, useRef } from 'react'
import type { FieldValues } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { FormElement, type FormProps, SubmitError, useFormShell } from './form-shell.tsx'

type Props<Values extends FieldValues, Tree> = FormProps<Values, Tree> & {
  submitLabel: string
  /** Stretches the button to the width of the inputs. */
  wideButton?: boolean
  children: ReactNode
}

/** A form inside a page or a dialog that has other content too. */
export function InlineForm<Values extends FieldValues, Tree>(props: Props<Values, Tree>) {
  const { submitLabel, wideButton, errorTitle, children } = props
  const root = useRef<HTMLFormElement>(null)
  const shell = useFormShell(props, () => root.current)
  return (
    <FormElement shell={shell} ref={root} className="grid gap-4">
      {children}
      <SubmitError title={errorTitle} error={shell.error} />
      <Button
        type="submit"
        variant="primary"
        loading={shell.busy}
        className={wideButton ? '' : 'justify-self-start'}
      >
        {submitLabel}
      </Button>
    </FormElement>
  )
}
