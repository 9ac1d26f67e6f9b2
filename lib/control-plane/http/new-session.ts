import { NewSession } from '#lib/core/account.ts'
import type { Http, Services } from './environment.ts'

/** The header of the device token, in requests and responses (`accounts/known-devices.ts`). */
export const DEVICE_HEADER = 'x-fairlead-device'

/** The response to a new session, with a new device token. */
export async function newSessionResponse(
  http: Http,
  { context }: Services,
  opened: unknown,
): Promise<Response> {
  const session = NewSession.parse(opened)
  http.header(DEVICE_HEADER, await context.accounts.devices.issue(session.account.id))
  return http.json(session)
}
