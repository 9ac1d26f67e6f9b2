/** What the control plane answered to a request. */
export type Answer = {
  status: number
  isOk: boolean
  body: AsyncIterable<Uint8Array>
  /** Ends an answer whose body nobody reads. */
  cancel(): Promise<void>
}

/** What an error says that `fetch` or a socket has thrown. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}

/** The body of an answer, as text. */
export async function textOf({ body }: Answer): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
