const WORDS: Record<string, string> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'The receiver closed the connection',
  EHOSTUNREACH: 'The receiver cannot be reached',
  ENETUNREACH: 'The receiver cannot be reached',
  ENOTFOUND: 'The name does not exist',
  EAI_AGAIN: 'The name cannot be resolved now',
}

/** Why a connection failed, in words without an address; null for other errors. */
export function connectionWords(error: Error): string | null {
  // Several addresses of a name were tried; why the first failed is as good as any.
  const first = error instanceof AggregateError ? error.errors[0] : error
  return WORDS[(first as NodeJS.ErrnoException).code ?? ''] ?? null
}
