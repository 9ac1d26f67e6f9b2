'use client'
import { toNestErrors } from '@hookform/resolvers'
import { type DefaultValues, type FieldErrors, type FieldPath, useForm } from 'react-hook-form'
import { type ValidationError, validationErrors } from '#lib/client/api-error.ts'
import { errorMessage, requestIdOf } from '#lib/client/error-text.ts'
import { type PlacedProblems, placeProblems } from './form-problems.ts'
import type { RulesValues } from './form-values.ts'

type Options<Values extends RulesValues> = {
  defaultValues: Values
  /** What the wire's own schemas find wrong, as the API names the fields. */
  check: (values: Values) => ValidationError[] | Promise<ValidationError[]>
  /** Where a single rule's API fields lie in the form: "frontends.0.". */
  prefix?: string
  /** Sends it; what it throws is shown in the form. */
  send: (values: Values) => Promise<void>
}

function nested(placed: PlacedProblems): FieldErrors {
  const entries = [...placed.byInput].map(([input, message]) => [input, { type: 'wire', message }])
  return Object.fromEntries(entries)
}

/**
 * A form that is checked by the wire's schemas, on blur first and while typing once wrong. Errors of the server land
 * at their inputs, the others in `errors.root.server`, with the request's id as their type.
 */
export function useCheckedForm<Values extends RulesValues>(options: Options<Values>) {
  const form = useForm<Values>({
    defaultValues: options.defaultValues as DefaultValues<Values>,
    mode: 'onTouched',
    resolver: async (values, _context, resolverOptions) => {
      const placed = placeProblems(await options.check(values), values)
      if (placed.byInput.size === 0) return { values, errors: {} }
      return { values: {}, errors: toNestErrors<Values>(nested(placed), resolverOptions) }
    },
  })

  const show = (error: unknown, values: Values) => {
    const problems = validationErrors(error).map(({ field, message }) => ({
      field: (options.prefix ?? '') + field,
      message,
    }))
    const { byInput, elsewhere } = placeProblems(problems, values)
    for (const [index, [input, message]] of [...byInput].entries()) {
      const shouldFocus = index === 0
      form.setError(input as FieldPath<Values>, { type: 'server', message }, { shouldFocus })
    }
    if (byInput.size > 0 && elsewhere.length === 0) return
    const message = elsewhere.length > 0 ? elsewhere.join(' ') : errorMessage(error)
    form.setError('root.server', { type: requestIdOf(error) ?? '', message })
  }

  const submit = form.handleSubmit(async (values) => {
    try {
      await options.send(values)
    } catch (error) {
      show(error, values)
    }
  })
  return { ...form, submit }
}
