import { ApiProblem } from '#lib/client/api-problem.ts'

/** Whether a save was refused because somebody else has changed the same thing since it was read. */
export function isMovedOn(error: unknown): boolean {
  return (
    error instanceof ApiProblem && error.status === 412 && error.body.precondition === 'if_match'
  )
}
