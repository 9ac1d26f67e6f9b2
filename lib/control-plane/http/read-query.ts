import * as z from 'zod'
import { type FieldProblem, refuseProblems } from '../errors.ts'
import type { Http } from './environment.ts'

/**
 * Reads the query parameters: a list for those that can be repeated. None is ignored, because a script whose filter has no effect
 * would act on the wrong objects.
 * @throws ApiError 400 for an unknown parameter, or a repeated one that takes a single value
 */
export function readQuery(
  http: Http,
  schema: z.ZodObject | undefined,
): Record<string, string | string[]> {
  const fields: Record<string, z.ZodType> = schema?.shape ?? {}
  const query: Record<string, string | string[]> = {}
  const problems: FieldProblem[] = []
  for (const [name, values] of Object.entries(http.req.queries())) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    const [first = '', ...more] = values
    if (!field) problems.push({ field: name, message: unknownParameter(Object.keys(fields)) })
    else if (takesList(field)) query[name] = values
    else if (more.length > 0)
      problems.push({ field: name, message: 'Send this parameter only once.' })
    else query[name] = first
  }
  refuseProblems(problems)
  return query
}

function unknownParameter(known: string[]): string {
  if (known.length === 0) return 'This call takes no query parameters.'
  return `Unknown query parameter. This call takes ${known.join(', ')}.`
}

/** Whether a field is an array, also with a default or a transformation. */
function takesList(field: z.ZodType): boolean {
  if (field instanceof z.ZodArray) return true
  if (field instanceof z.ZodPipe) return takesList(field.in as z.ZodType)
  const isWrapped =
    field instanceof z.ZodDefault ||
    field instanceof z.ZodOptional ||
    field instanceof z.ZodNullable
  return isWrapped && takesList(field.unwrap() as z.ZodType)
}
