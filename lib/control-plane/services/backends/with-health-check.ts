/** Adds an empty health check to a backend's request without one, so that the error names the required fields. */
export function withHealthCheck(input: unknown): unknown {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return input
  return { ...input, health_check: (input as { health_check?: unknown }).health_check ?? {} }
}
