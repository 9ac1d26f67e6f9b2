import * as z from 'zod'

/** One wrong field of a request. `argument_name` is its path: `backends.0.server_ip.1`. */
export const ArgumentDetail = z.object({
  argument_name: z.string(),
  reason: z.enum(['unknown', 'required', 'format', 'constraint']),
  help_message: z.string(),
})
export type ArgumentDetail = z.infer<typeof ArgumentDetail>

/**
 * The body of every error answer. Keys beside `message` depend on `type`, as in the real API:
 * `details` with `invalid_arguments`, `resource` and `resource_id` with `not_found`, and so on.
 */
export const ApiErrorBody = z.looseObject({
  message: z.string(),
  type: z.string().optional(),
  details: z.array(z.looseObject({})).optional(),
  help_message: z.string().optional(),
})
export type ApiErrorBody = z.infer<typeof ApiErrorBody>

/** The wrong fields that an error answer names; none where it is another kind of error. */
export function argumentDetails(body: ApiErrorBody): ArgumentDetail[] {
  return (body.details ?? []).flatMap((detail) => {
    const parsed = ArgumentDetail.safeParse(detail)
    return parsed.success ? [parsed.data] : []
  })
}
