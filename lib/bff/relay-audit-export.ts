import { CLIENT_IP_HEADER, ControlPlaneUnavailable, openControlPlane } from './control-plane.ts'
import { unauthenticated } from './relay.ts'
import { unavailableResponse } from './respond.ts'
import { sessionToken } from './session.ts'

const EXPORT = '/fairlead/v1/audit/export'

/** Streams an export of the audit log as a download. */
export async function relayAuditExport(request: Request): Promise<Response> {
  const token = sessionToken(request.headers.get('cookie'))
  if (token === null) return unauthenticated()
  try {
    const { status, body } = await openControlPlane(
      {
        method: 'GET',
        path: EXPORT + new URL(request.url).search,
        token,
        clientIp: request.headers.get(CLIENT_IP_HEADER),
      },
      request.signal,
    )
    const name = `fairlead-audit-${new Date().toISOString().slice(0, 10)}.jsonl`
    if (status === 200 && body) {
      return new Response(body, {
        headers: {
          'content-type': 'application/x-ndjson',
          'content-disposition': `attachment; filename="${name}"`,
          'cache-control': 'no-store',
        },
      })
    }
    if (status === 401) {
      await body?.cancel()
      return unauthenticated()
    }
    const refusal = await new Response(body).text()
    return new Response(refusal, {
      status,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    })
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return unavailableResponse(error)
    throw error
  }
}
