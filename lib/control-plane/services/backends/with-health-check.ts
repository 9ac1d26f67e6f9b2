/** A backend's request with an empty health check where it has none, so that what is missing in it is named. */
export function withHealthCheck(input: unknown): unknown {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return input
  return { ...input, health_check: (input as { health_check?: unknown }).health_check ?? {} }
}
