import type { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import type { Answer } from './answer.ts'

/** Where the control plane is, and with what a caller proves who it is. */
export type ControlPlaneAccess = { apiUrl: string } & Pick<
  NodeSettings,
  'credential' | 'identityFile'
>

/**
 * Posts JSON to the control plane: over mTLS from a joined host, otherwise with a bearer token on loopback.
 * @throws Error if there is no answer
 */
export async function postToControlPlane(
  access: ControlPlaneAccess,
  path: string,
  body: string,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(path, access.apiUrl)
  const { credential, identityFile } = access
  if (identityFile !== null) {
    // Only joined hosts load it.
    const { postWithCertificate } = await import('./mtls-client.ts')
    return postWithCertificate(identityFile, url, body, signal)
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body,
    signal,
  })
  return {
    status: response.status,
    isOk: response.ok,
    body: response.body ?? noBody(),
    cancel: async () => response.body?.cancel(),
  }
}

async function* noBody(): AsyncGenerator<Uint8Array> {}
