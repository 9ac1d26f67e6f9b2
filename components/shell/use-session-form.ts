'use client'
import {
  type DefaultValues,
  type FieldValues,
  type Path,
  type Resolver,
  useForm,
} from 'react-hook-form'
import type * as z from 'zod'
import type { Account } from '#lib/core/account.ts'
import { openSession, SessionProblem } from './session-requests.ts'

/**
 * Checks with a schema that is loaded when something is checked first: the page shows without it. Where it can't be
 * loaded the values pass as they are, and the server says what is wrong.
 */
function lazyResolver<Input extends FieldValues, Output extends FieldValues>(
  load: () => Promise<z.ZodType<Output, Input>>,
): Resolver<Input, unknown, Output> {
  return async (values, context, options) => {
    const loaded = await Promise.all([import('@hookform/resolvers/zod'), load()]).catch(() => null)
    if (!loaded) return { values: values as unknown as Output, errors: {} }
    const [{ zodResolver }, schema] = loaded
    return zodResolver(schema)(values, context, options)
  }
}

/** A form whose success is a session. Server errors land at the fields the form has, others in `errors.root`. */
export function useSessionForm<Input extends FieldValues, Output extends FieldValues>(options: {
  path: string
  loadSchema: () => Promise<z.ZodType<Output, Input>>
  defaultValues: DefaultValues<Input>
  onDone: (account: Account) => void
}) {
  const form = useForm<Input, unknown, Output>({
    resolver: lazyResolver(options.loadSchema),
    defaultValues: options.defaultValues,
    mode: 'onTouched',
  })
  const submit = form.handleSubmit(async (values) => {
    try {
      options.onDone(await openSession(options.path, values))
    } catch (error) {
      if (!(error instanceof SessionProblem)) throw error
      const shown = error.fields.filter(({ name }) => name !== 'token' && name in values)
      for (const { name, message } of shown) form.setError(name as Path<Input>, { message })
      const rest = error.fields.find((field) => !shown.includes(field))
      if (shown.length === 0) form.setError('root', { message: rest?.message ?? error.message })
    }
  })
  return { ...form, submit }
}
