const MESSAGES: Record<string, string> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'The receiver closed the connection',
  EHOSTUNREACH: 'The receiver cannot be reached',
  ENETUNREACH: 'The receiver cannot be reached',
  ENOTFOUND: 'The name does not exist',
  EAI_AGAIN: 'The name cannot be resolved now',
}

/** A message for a connection error, without the address; null for other errors. */
export function connectionErrorMessage(error: Error): string | null {
  // All addresses of a name failed; the first error represents them.
  const first = error instanceof AggregateError ? error.errors[0] : error
  return MESSAGES[(first as NodeJS.ErrnoException).code ?? ''] ?? null
}
