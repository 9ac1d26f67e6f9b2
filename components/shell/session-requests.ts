import { trackSessionRequest } from '#lib/client/session-renewal.ts'
import type { Account } from '#lib/core/account.ts'
import { argumentDetails, readApiError } from '#lib/core/api-error.ts'
import type { OpenedLink } from '#lib/core/person.ts'

/** Why a log-in or a set-up was refused: in words, and field by field. */
export class SessionProblem extends Error {
  readonly fields: { name: string; message: string }[]

  constructor(message: string, fields: { name: string; message: string }[]) {
    super(message)
    this.fields = fields
  }
}

const UNREACHABLE = 'The console is not reachable. Check your connection and try again.'

async function problemOf(response: Response): Promise<SessionProblem> {
  const json: unknown = await response.json().catch(() => null)
  const body = readApiError(json) ?? { message: 'Something went wrong. Try again in a moment.' }
  const fields = argumentDetails(body).map((detail) => ({
    name: detail.argument_name,
    message: detail.help_message,
  }))
  return new SessionProblem(body.help_message ?? body.message, fields)
}

function send(method: string, path: string, body?: object): Promise<Response> {
  return fetch(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body ? JSON.stringify(body) : null,
  })
}

/** The response if it succeeded. @throws SessionProblem */
async function succeeded(sent: Promise<Response>): Promise<Response> {
  const response = await sent.catch(() => {
    throw new SessionProblem(UNREACHABLE, [])
  })
  if (!response.ok) throw await problemOf(response)
  return response
}

/**
 * Opens a session: at `/api/session` with credentials, at `/api/setup` with the first account.
 * @throws SessionProblem
 */
export async function openSession(path: string, body: object): Promise<Account> {
  const response = await succeeded(trackSessionRequest(() => send('POST', path, body)))
  return ((await response.json()) as { account: Account }).account
}

/** Whose a link is with which somebody chooses a password. @throws SessionProblem */
export async function openInvitation(token: string): Promise<OpenedLink> {
  return (await succeeded(send('POST', '/api/invitation', { token }))).json()
}

/** Ends the session. @throws SessionProblem */
export async function endSession(): Promise<void> {
  await succeeded(send('DELETE', '/api/session'))
}
