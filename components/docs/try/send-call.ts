/** A response. A JSON body is indented. */
export type CallResponse = {
  status: number
  /** The time from the request to the end of the body. */
  ms: number
  headers: [string, string][]
  body: string
}

/**
 * Sends a call through the console's relay, authenticated by the session or by an API token.
 * @param token an API token's secret key; "" for the session
 * @throws TypeError where the console can't be reached
 */
export async function sendCall(request: {
  method: string
  path: string
  headers: Record<string, string>
  body: string | null
  token: string
}): Promise<CallResponse> {
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
