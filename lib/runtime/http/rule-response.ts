import type { Termination } from '../access-log/termination.ts'
import type { Acl, StatusRedirect } from '../rules/acl.ts'
import { redirectLocation } from '../rules/redirect-location.ts'
import type { RequestMatch } from '../rules/request-match.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import type { ByteSink } from './message/chunked-encoder.ts'
import { errorResponse, redirectResponse } from './message/error-response.ts'
import type { Framing } from './message/framing.ts'
import { HttpError } from './message/http-error.ts'
import { RequestBody } from './request-body.ts'
import { nextRequestId } from './request-id.ts'

const DISCARD: ByteSink = { writeText() {}, writeBytes() {} }

/**
 * Responds to a request that an ACL denies or redirects, or that exceeded its step budget. The connection stays open if the whole body
 * has arrived with the head, so that the start of the next request is known.
 * @param acl null for a request that exceeded its step budget, which is denied
 * @param readAhead data that arrived with the head
 */
export function respondByRule(
  session: ExchangeOwner,
  request: RequestMatch,
  acl: Acl | null,
  readAhead: Buffer | null,
): void {
  const { head } = request
  const { client, frontend } = session
  const requestId = nextRequestId()
  const entry = frontend.log?.request(session, requestId, head, null)
  entry?.matched(acl, null)
  const { rest, done } = withoutBody(head.framing, readAhead)
  entry?.received((readAhead?.length ?? 0) - (rest?.length ?? 0))
  if (rest) session.putBack(rest)

  const keepAlive = head.keepAlive && done && session.mayKeepAlive
  const options = { requestId, keepAlive, head: head.method === 'HEAD' }
  const { status, termination } = acl?.redirect
    ? redirect(session, acl.redirect, request, options)
    : deny(session, acl, options)
  frontend.counters.countResponse(status)
  client.flushSoon()
  const sent = session.takeSentBytes()
  frontend.counters.bytesOut += sent
  if (entry) {
    entry.status = status
    entry.sent(sent)
    entry.end(termination)
  }
  session.onExchangeDone(keepAlive, done && !head.keepAlive)
}

type Options = Parameters<typeof errorResponse>[1]
type Outcome = { status: number; termination: Termination }

function redirect(
  { client, frontend }: ExchangeOwner,
  { code, to }: StatusRedirect,
  request: RequestMatch,
  options: Options,
): Outcome {
  const location = redirectLocation(to, request, client.local().address ?? '')
  client.writeText(redirectResponse(code, location, options))
  frontend.counters.requestsRedirected += 1
  return { status: code, termination: 'redirected' }
}

function deny({ client, frontend }: ExchangeOwner, acl: Acl | null, options: Options): Outcome {
  const error = new HttpError(403, 'Access is denied.')
  client.writeText(errorResponse(error, options))
  if (acl) frontend.counters.requestsDenied += 1
  else frontend.counters.matchLimitDenied += 1
  return { status: error.status, termination: acl ? 'denied' : 'match_limit' }
}

/** The data after the body, and whether the body is complete. */
function withoutBody(framing: Framing, readAhead: Buffer | null) {
  const body = new RequestBody(framing)
  if (body.done || !readAhead) return { rest: readAhead, done: body.done }
  try {
    return { rest: body.push(readAhead, DISCARD), done: body.done }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    return { rest: null, done: false }
  }
}
