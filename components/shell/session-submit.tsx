import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'

type Props = {
  formState: {
    errors: { root?: { message?: string | undefined } | undefined }
    isSubmitting: boolean
    isSubmitSuccessful: boolean
  }
  /** What a refusal that is about no input means: "The account was not created". */
  failure?: string
  /** The verb. */
  children: ReactNode
}

/** The button of a form whose success leads away, busy until it has; above it, why it was refused. */
export function SessionSubmit({ formState, failure, children }: Props) {
  const { errors, isSubmitting, isSubmitSuccessful } = formState
  return (
    <>
      {errors.root && (
        <Alert tone="danger" title={failure}>
          {errors.root.message}
        </Alert>
      )}
      <Button
        type="submit"
        variant="primary"
        loading={isSubmitting || (isSubmitSuccessful && !errors.root)}
      >
        {children}
      </Button>
    </>
  )
}
