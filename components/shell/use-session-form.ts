'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { type DefaultValues, type FieldValues, type Path, useForm } from 'react-hook-form'
import type * as z from 'zod'
import type { Account } from '#lib/core/account.ts'
import { openSession, SessionProblem } from './session-requests.ts'

/** A form whose success is a session. Server errors land at the fields the form has, others in `errors.root`. */
export function useSessionForm<Input extends FieldValues, Output extends FieldValues>(options: {
  path: string
  schema: z.ZodType<Output, Input>
  defaultValues: DefaultValues<Input>
  onDone: (account: Account) => void
}) {
  const form = useForm<Input, unknown, Output>({
    resolver: zodResolver(options.schema),
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
