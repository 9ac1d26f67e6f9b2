'use client'
import {
  createContext,
  type ReactNode,
  type Ref,
  useContext,
  useEffect,
  useRef,
  useState,
} from 'react'
import { type FieldPath, type FieldValues, FormProvider, type UseFormReturn } from 'react-hook-form'
import { Alert } from '#components/ui/alert.tsx'
import { Code } from '#components/ui/code.tsx'
import { validationErrors } from '#lib/client/api-error.ts'
import { errorMessage, requestIdOf } from '#lib/client/error-text.ts'
import { matchErrors, type RequestOf, requestOf } from './request-fields.ts'
import type { ApiForm } from './use-api-form.ts'

/** The props of every form shell. */
export type FormProps<Values extends FieldValues, Tree> = {
  form: ApiForm<Values, Tree>
  /** Sends the request. The shell awaits the result, and reads the error from `submitError`. */
  onSubmit: (body: RequestOf<Tree>, values: Values) => unknown
  /** Why the last request failed; null if it did not. Errors of a field are shown at its input. */
  submitError: Error | null
  /** The title of errors that belong to no input: "The rule was not created." */
  errorTitle?: string | undefined
  /** Whether the request is being sent. */
  loading: boolean
}

/** An error that is shown above the submit button. */
export type ShownError = { message: string; requestId: string | null }

/**
 * Focuses the first invalid input.
 * @param root the element around the inputs
 * @returns false if no input is rendered as invalid yet
 */
function focusFirstError(root: ParentNode | null): boolean {
  const input = root?.querySelector<HTMLElement>('[aria-invalid="true"]')
  if (!input) return false
  const disclosure = input.closest('details')
  if (disclosure) disclosure.open = true
  input.focus()
  return true
}

/**
 * The common part of all shells. It shows the API's field errors at their inputs, returns the others as `error`, and sends one
 * request at a time. The shell wraps the inputs in `FormScope`.
 * @param root the element around the inputs
 */
export function useFormShell<Values extends FieldValues, Tree>(
  { form, onSubmit, submitError, loading }: FormProps<Values, Tree>,
  root: () => ParentNode | null,
) {
  const [error, setError] = useState<ShownError | null>(null)
  const sending = useRef(false)
  const focusesError = useRef(false)
  // Reading `errors` subscribes to it: setting an error rerenders the shell and its inputs.
  const { errors: _, isSubmitting } = form.formState

  const showSubmitError = () => {
    if (submitError === null) return setError(null)
    const errors = validationErrors(submitError)
    const { byInput, unmatched } = matchErrors(errors, form.request.fields(form.getValues()))
    for (const [input, message] of byInput) {
      const isOnPage = root()?.querySelector(`[name="${CSS.escape(input)}"]`)
      if (isOnPage) form.setError(input as FieldPath<Values>, { type: 'server', message })
      else unmatched.push(message)
    }
    const message = unmatched.length > 0 ? unmatched.join(' ') : errorMessage(submitError)
    const isShownAtInputs = errors.length > 0 && unmatched.length === 0
    setError(isShownAtInputs ? null : { message, requestId: requestIdOf(submitError) })
    focusesError.current = byInput.size > 0
  }
  const focusError = () => {
    if (focusesError.current && focusFirstError(root())) focusesError.current = false
  }
  const submit = async (): Promise<void> => {
    if (loading || sending.current) return
    sending.current = true
    setError(null)
    const send = form.handleSubmit(
      async (values) => {
        const body = requestOf(form.request.fields(values))
        // `submitError` has the error.
        await Promise.resolve(onSubmit(body, values)).catch(() => {})
      },
      () => {
        focusesError.current = true
      },
    )
    await send().finally(() => {
      sending.current = false
    })
  }
  return {
    form,
    error,
    submit,
    submitError,
    showSubmitError,
    focusError,
    busy: loading || isSubmitting,
  }
}

type FormShell<Values extends FieldValues> = Pick<
  ReturnType<typeof useFormShell<Values, unknown>>,
  'submit' | 'submitError' | 'showSubmitError' | 'focusError'
> & { form: UseFormReturn<Values> }

const Submit = createContext<() => Promise<void>>(async () => {})

/** Submits the form around the component. */
export const useFormSubmit = () => useContext(Submit)

/** Provides the form to the inputs inside, and shows the errors of the last request at them. */
export function FormScope<Values extends FieldValues>(props: {
  shell: FormShell<Values>
  children: ReactNode
}) {
  const { shell, children } = props
  // The effects are here and not in `useFormShell`, because a dialog mounts its inputs after the component that opens it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each error is shown once, at the inputs of its request.
  useEffect(shell.showSubmitError, [shell.submitError])
  useEffect(shell.focusError)
  return (
    <FormProvider {...shell.form}>
      <Submit value={shell.submit}>{children}</Submit>
    </FormProvider>
  )
}

type ElementProps<Values extends FieldValues> = {
  shell: FormShell<Values>
  ref: Ref<HTMLFormElement>
  /** Whether the form's submit event, such as by Enter in an input, submits it. */
  canSubmit?: boolean
  id?: string
  className?: string
  children: ReactNode
}

/** The form element. Its method is POST, so that a submit before hydration doesn't put the values into the URL. */
export function FormElement<Values extends FieldValues>(props: ElementProps<Values>) {
  const { shell, canSubmit = true, children, ...attributes } = props
  return (
    <FormScope shell={shell}>
      <form
        {...attributes}
        method="post"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (canSubmit) void shell.submit()
        }}
      >
        {children}
      </form>
    </FormScope>
  )
}

/** An error that belongs to no input. */
export function SubmitError(props: { title?: string | undefined; error: ShownError | null }) {
  const { title, error } = props
  if (!error) return null
  return (
    <Alert tone="danger" title={title}>
      <p>{error.message}</p>
      {error.requestId && (
        <p className="text-muted">
          Request <Code>{error.requestId}</Code>
        </p>
      )}
    </Alert>
  )
}
