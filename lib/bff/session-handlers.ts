import { CurrentSession, NewSession, SetupState } from '#lib/core/account.ts'
import { OpenedLink } from '#lib/core/person.ts'
import { UNAUTHENTICATED_BODY } from '#lib/process/body-limits.ts'
import { CLIENT_IP_HEADER, ControlPlaneUnavailable, callControlPlane } from './control-plane.ts'
import { deviceCookie, deviceToken } from './device-cookie.ts'
import { readBody } from './read-body.ts'
import { unauthenticated } from './relay.ts'
import { respond, unavailableResponse } from './respond.ts'
import { endedSessionCookies, sessionCookie, sessionToken } from './session.ts'
import { consoleSettings } from './settings.ts'

const SESSION = '/fairlead/v1/session'
const SETUP = '/fairlead/v1/setup'
const PASSWORD = '/fairlead/v1/account/password'
const INVITATION = '/fairlead/v1/invitation'

/** Carries the device token to and from the control plane. */
const DEVICE_HEADER = 'x-fairlead-device'

const text = new TextDecoder()

/** Runs a handler. An unavailable control plane becomes an error response. */
async function worded(handler: () => Promise<Response>): Promise<Response> {
  try {
    return await handler()
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return unavailableResponse(error)
    throw error
  }
}

async function call(request: Request, method: string, path: string, body?: ArrayBuffer) {
  const device = deviceToken(request.headers.get('cookie'))
  const response = await callControlPlane({
    method,
    path,
    headers: {
      'user-agent': request.headers.get('user-agent') ?? '',
      ...(body && { 'content-type': 'application/json' }),
      ...(device !== null && { [DEVICE_HEADER]: device }),
    },
    body,
    token: sessionToken(request.headers.get('cookie')),
    clientIp: request.headers.get(CLIENT_IP_HEADER),
  })
  const json: unknown =
    response.body.byteLength === 0 ? null : JSON.parse(text.decode(response.body))
  return { status: response.status, headers: response.headers, json }
}

/** Posts the request's body without a session. `done` makes the response to a success; refusals are relayed. */
function post(
  request: Request,
  path: string,
  done: (json: unknown, headers: Headers) => Response,
): Promise<Response> {
  return worded(async () => {
    const body = await readBody(request, UNAUTHENTICATED_BODY)
    if (body instanceof Response) return body
    const { status, headers, json } = await call(request, 'POST', path, body)
    if (status < 300) return done(json, headers)
    const retryAfter = headers.get('retry-after')
    return respond(status, json, retryAfter === null ? {} : { 'retry-after': retryAfter })
  })
}

/** Opens a session. Puts its token and the device token into cookies, and returns only the account. */
function openSession(request: Request, path: string): Promise<Response> {
  return post(request, path, (json, headers) => {
    const { token, account } = NewSession.parse(json)
    const origin = request.headers.get('origin') ?? consoleSettings().publicOrigin
    const opened = respond(201, { account }, { 'set-cookie': sessionCookie(token, origin) })
    const device = headers.get(DEVICE_HEADER)
    if (device !== null) opened.headers.append('set-cookie', deviceCookie(device, origin))
    return opened
  })
}

/** `POST /api/session`: logs in. */
export const logIn = (request: Request) => openSession(request, SESSION)

/** `POST /api/setup`: creates the first account and logs it in. */
export const setUp = (request: Request) => openSession(request, SETUP)

/** `POST /api/account/password`: changes the password, and continues with the new session. */
export const changePassword = (request: Request) => openSession(request, PASSWORD)

/** `POST /api/invitation`: the account of the link whose secret is in the body. */
export const openInvitation = (request: Request) =>
  post(request, INVITATION, (json) => respond(200, OpenedLink.parse(json)))

/** `POST /api/invitation/accept`: sets the password of the link's account, and logs in. */
export const acceptInvitation = (request: Request) => openSession(request, `${INVITATION}/accept`)

/** `GET /api/setup`: whether there is no account yet. */
export function readSetupState(request: Request): Promise<Response> {
  return worded(async () => {
    const { status, json } = await call(request, 'GET', SETUP)
    if (status >= 300) return respond(status, json)
    return respond(200, SetupState.parse(json))
  })
}

/** `GET /api/session`: the session's account. */
export function readSession(request: Request): Promise<Response> {
  return worded(async () => {
    const { status, json } = await call(request, 'GET', SESSION)
    if (status === 401) return unauthenticated()
    if (status >= 300) return respond(status, json)
    return respond(200, { account: CurrentSession.parse(json).account })
  })
}

/** `DELETE /api/session`: logs out. The browser loses its cookie even if the control plane is unreachable. */
export async function logOut(request: Request): Promise<Response> {
  const response = await worded(async () => {
    await call(request, 'DELETE', SESSION)
    return respond(204, null)
  })
  for (const cookie of endedSessionCookies(request.headers.get('cookie'))) {
    response.headers.append('set-cookie', cookie)
  }
  return response
}
