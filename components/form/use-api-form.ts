'use client'
import {
  type DefaultValues,
  type FieldErrors,
  type FieldPath,
  type FieldValues,
  set,
  type UseFormReturn,
  useForm,
} from 'react-hook-form'
import type * as z from 'zod'
import { matchErrors, requestOf, schemaErrors } from './request-fields.ts'

type InputMessages<Values extends FieldValues> = {
  [Input in FieldPath<Values>]?: string | undefined
}

/** The request that a form's values make, and what validates it. */
export type FormRequest<Values extends FieldValues, Tree> = {
  /** The fields of the request's body (request-fields.ts). */
  fields: (values: Values) => Tree
  /**
   * Loads the schema of the body when the form is first validated, so that the page shows without it. If that fails, only
   * the API validates.
   */
  schema: () => Promise<z.ZodType> | z.ZodType
  /** The path of the part of the body that the schema is of: "new_frontends.0". All of it by default. */
  part?: string
  /** What the form itself requires. These messages replace the schema's of the same input. */
  check?: (values: Values) => InputMessages<Values>
}

/** Describes a form's request. */
export function formRequest<Values extends FieldValues, Tree>(
  request: FormRequest<Values, Tree>,
): FormRequest<Values, Tree> {
  return request
}

export type ApiForm<Values extends FieldValues, Tree> = UseFormReturn<Values> & {
  request: FormRequest<Values, Tree>
}

const partOf = (body: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], body)

async function messagesOf<Values extends FieldValues>(
  { fields, schema, part, check }: FormRequest<Values, unknown>,
  values: Values,
): Promise<Map<string, string>> {
  const tree = fields(values)
  const body = requestOf(tree)
  const loaded = await Promise.resolve(schema()).catch(() => null)
  const errors =
    part === undefined
      ? schemaErrors(loaded, body)
      : schemaErrors(loaded, partOf(body, part), `${part}.`)
  const messages = matchErrors(errors, tree).byInput
  for (const [input, message] of Object.entries(check?.(values) ?? {})) {
    if (message !== undefined) messages.set(input, message as string)
  }
  return messages
}

/**
 * A form whose values are validated as the request that they make: on blur first, then while typing once an input is
 * invalid. A form shell (`PageForm`, `DialogForm`, `InlineForm`) shows it and sends the request.
 */
export function useApiForm<Values extends FieldValues, Tree>(
  defaultValues: Values,
  request: FormRequest<Values, Tree>,
): ApiForm<Values, Tree> {
  const form = useForm<Values>({
    defaultValues: defaultValues as DefaultValues<Values>,
    mode: 'onTouched',
    // The shell focuses the first invalid input of the page.
    shouldFocusError: false,
    resolver: async (values) => {
      const messages = await messagesOf(request, values)
      if (messages.size === 0) return { values, errors: {} }
      const errors: FieldErrors<Values> = {}
      for (const [input, message] of messages) set(errors, input, { type: 'validation', message })
      return { values: {}, errors }
    },
  })
  return { ...form, request }
}
