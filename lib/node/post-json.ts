import { textOf } from './transport/answer.ts'
import { type ControlPlaneAccess, postToControlPlane } from './transport/control-plane.ts'

const TIMEOUT_MS = 5000

/** Posts a value to the control plane as JSON. @throws Error unless the answer is 2xx */
export function postJson(access: ControlPlaneAccess, path: string, body: unknown): Promise<void> {
  return postJsonText(access, path, JSON.stringify(body))
}

/** Posts a body that is JSON already. @throws Error unless the answer is 2xx */
export async function postJsonText(
  access: ControlPlaneAccess,
  path: string,
  text: string,
): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const answer = await postToControlPlane(access, path, text, signal)
  // Read to its end, so that the connection can be used again.
  await textOf(answer)
  if (!answer.isOk) throw new Error(`HTTP ${answer.status}`)
}
