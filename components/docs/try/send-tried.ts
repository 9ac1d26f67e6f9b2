/** What was answered: all of it in text, as a person reads it. */
export type TriedAnswer = {
  status: number
  /** From sending to having read it all. */
  ms: number
  headers: [string, string][]
  body: string
}

/**
 * Sends a call through the console's relay, with the session, or with an API token in its place.
 * @param token a secret key; "" for the session
 * @throws TypeError where the console can't be reached
 */
export async function sendTried(request: {
  method: string
  path: string
  headers: Record<string, string>
  body: string | null
  token: string
}): Promise<TriedAnswer> {
  const { method, path, headers, body, token } = request
  const startedAt = performance.now()
  const response = await fetch(`/api${path}`, {
    method,
    headers: {
      ...headers,
      ...(body !== null && { 'content-type': 'application/json' }),
      ...(token !== '' && { 'x-auth-token': token }),
    },
    body,
  })
  const text = await response.text()
  const ms = performance.now() - startedAt
  return { status: response.status, ms, headers: [...response.headers], body: indented(text) }
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
