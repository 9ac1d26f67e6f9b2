import { NewSession } from '#lib/core/account.ts'
import type { Http, Services } from './environment.ts'

/** The header in which a device shows that it has logged in before, and is given what to show the next time. */
export const DEVICE_HEADER = 'x-fairlead-device'

/** Answers a session that has just been opened, and makes the device known. */
export async function answerNewSession(
  http: Http,
  { context }: Services,
  opened: unknown,
): Promise<Response> {
  const session = NewSession.parse(opened)
  http.header(DEVICE_HEADER, await context.accounts.devices.issue(session.account.id))
  return http.json(session)
}
