import { argumentDetails } from '#lib/core/api-error.ts'
import { ApiProblem } from './api-problem.ts'

export type FieldProblem = { field: string; message: string }

/** The fields that an error answer names, as the API's paths: `backends.0.server_ip.1`. */
export function fieldProblems(error: unknown): FieldProblem[] {
  if (!(error instanceof ApiProblem)) return []
  return argumentDetails(error.body).map(({ argument_name, help_message }) => ({
    field: argument_name,
    message: help_message,
  }))
}
