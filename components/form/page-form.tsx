'use client'
import { type ReactNode, useEffect, useRef } from 'react'
import type { FieldValues } from 'react-hook-form'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { FormElement, type FormProps, SubmitError, useFormShell } from './form-shell.tsx'
import { LeaveGuard } from './leave-guard.tsx'
import { useFormDraft } from './use-form-draft.ts'

type Props<Values extends FieldValues, Tree> = FormProps<Values, Tree> & {
  /** The verb: "Create a frontend rule". */
  submitLabel: string
  cancelHref: string
  /** Whether the request has succeeded and the page is being left. */
  done: boolean
  /** Identifies the draft in the browser's storage. */
  draftName: string
  children: ReactNode
  /** Beside the inputs on a wide screen. */
  aside?: ReactNode
}

/** A form that has a page of its own. What was typed survives a reload, and leaving asks first. */
export function PageForm<Values extends FieldValues, Tree>(props: Props<Values, Tree>) {
  const { form, submitLabel, cancelHref, done, draftName, children, aside } = props
  const root = useRef<HTMLFormElement>(null)
  const shell = useFormShell(props, () => root.current)
  const draft = useFormDraft(draftName, form)
  const startOver = () => {
    form.reset()
    draft.discard()
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: the draft is deleted once, after the success.
  useEffect(() => {
    if (done) draft.discard()
  }, [done])
  return (
    <>
      <LeaveGuard
        dirty={form.formState.isDirty && !done}
        question="Leave without creating?"
        onDiscard={startOver}
      />
      <FormElement
        shell={shell}
        ref={root}
        className={aside ? 'grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]' : 'grid'}
      >
        <div className="grid gap-5">
          {draft.restored && (
            <Alert
              title="What you typed before is back."
              action={
                <Button size="small" onClick={startOver}>
                  Start over
                </Button>
              }
            />
          )}
          {children}
          <SubmitError title={props.errorTitle} error={shell.error} />
          <div className="flex flex-wrap gap-2">
            <Button type="submit" variant="primary" loading={shell.busy || done}>
              {submitLabel}
            </Button>
            <ButtonLink href={cancelHref}>Cancel</ButtonLink>
          </div>
        </div>
        {aside}
      </FormElement>
    </>
  )
}
