import {
  type FieldProblem,
  unsupportedInBackend,
  unsupportedInCheck,
} from '#lib/core/capabilities.ts'
import type { HealthCheckInput } from '#lib/core/health-check.ts'

type NewBackend = Parameters<typeof unsupportedInBackend>[0] & { health_check: HealthCheckInput }

/** What a new backend, or a draft of one, asks for that can't be had; `prefix` leads each field's path. */
export function newBackendProblems(backend: NewBackend, prefix = ''): FieldProblem[] {
  const own = unsupportedInBackend(backend)
  const check = unsupportedInCheck(backend.health_check).map(({ field, message }) => ({
    field: `health_check.${field}`,
    message,
  }))
  return [...own, ...check].map(({ field, message }) => ({ field: prefix + field, message }))
}

/** A backend's request with an empty health check where it has none, so that what is missing in it is named. */
export function withHealthCheck(input: unknown): unknown {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return input
  return { ...input, health_check: (input as { health_check?: unknown }).health_check ?? {} }
}
