import type { NodeSettings } from '#lib/protocol/settings/node-settings.ts'

const TIMEOUT_MS = 5000

/** Posts a value to the control plane as JSON. @throws Error unless the answer is 2xx */
export function postJson(settings: NodeSettings, path: string, body: unknown): Promise<void> {
  return postJsonText(settings, path, JSON.stringify(body))
}

/** Posts a body that is JSON already. @throws Error unless the answer is 2xx */
export async function postJsonText(
  { apiUrl, credential }: NodeSettings,
  path: string,
  body: string,
): Promise<void> {
  const response = await fetch(new URL(path, apiUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
}
