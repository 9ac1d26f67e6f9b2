import type { FieldValues, Path, UseFormReturn } from 'react-hook-form'
import { validationErrors } from '#lib/client/api-error.ts'
import { errorMessage } from '#lib/client/error-text.ts'

/**
 * Puts what the API refuses to the inputs that show it, and all else into `errors.root`.
 * @param inputs by the API's fields
 */
export function showProblems<Values extends FieldValues>(
  { setError }: Pick<UseFormReturn<Values>, 'setError'>,
  error: unknown,
  inputs: Readonly<Record<string, Path<Values>>>,
): void {
  const problems = validationErrors(error)
  for (const { field, message } of problems) {
    // One of a list's is shown where the list is written.
    const input = inputs[field] ?? inputs[field.replace(/\.\d+$/, '')]
    setError(input ?? 'root', { message }, { shouldFocus: true })
  }
  if (problems.length === 0) setError('root', { message: errorMessage(error) })
}
