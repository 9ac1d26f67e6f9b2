import type { Termination } from '../access-log/termination.ts'
import type { Acl, StatusRedirect } from '../rules/acl.ts'
import { redirectLocation } from '../rules/redirect-location.ts'
import type { RequestMatch } from '../rules/request-match.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import { errorResponse, redirectResponse } from './message/error-response.ts'
import type { Framing } from './message/framing.ts'
import { HttpError } from './message/http-error.ts'
import type { ByteSink } from './message/write-chunk.ts'
import { RequestBody } from './request-body.ts'
import { nextRequestId } from './request-id.ts'

const NOWHERE: ByteSink = { text() {}, bytes() {} }

/**
 * Answers a request that an ACL denies or redirects, or that exceeded the step budget. The connection stays open if the whole
 * body has arrived with the head, so that the start of the next request is known.
 * @param acl null for a request that exceeded the step budget, which is denied
 * @param early what came with the head
 */
export function respondByRule(
  session: ExchangeOwner,
  request: RequestMatch,
  acl: Acl | null,
  early: Buffer | null,
): void {
  const { head } = request
  const { client, frontend } = session
  const requestId = nextRequestId()
  const entry = frontend.log?.request(session, requestId, head, null)
  entry?.matched(acl, null)
  const { rest, done } = withoutBody(head.framing, early)
  entry?.received((early?.length ?? 0) - (rest?.length ?? 0))
  if (rest) session.putBack(rest)

  const keepAlive = head.keepAlive && done && session.mayKeepAlive
  const hop = { requestId, keepAlive, head: head.method === 'HEAD' }
  const { status, termination } = acl?.redirect
    ? redirect(session, acl.redirect, request, hop)
    : deny(session, acl, hop)
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

type Hop = Parameters<typeof errorResponse>[1]
type Responded = { status: number; termination: Termination }

function redirect(
  { client, frontend }: ExchangeOwner,
  { code, to }: StatusRedirect,
  request: RequestMatch,
  hop: Hop,
): Responded {
  const location = redirectLocation(to, request, client.local().address ?? '')
  client.text(redirectResponse(code, location, hop))
  frontend.counters.requestsRedirected += 1
  return { status: code, termination: 'redirected' }
}

function deny({ client, frontend }: ExchangeOwner, acl: Acl | null, hop: Hop): Responded {
  const error = new HttpError(403, 'Access is denied.')
  client.text(errorResponse(error, hop))
  if (acl) frontend.counters.requestsDenied += 1
  else frontend.counters.matchLimitDenied += 1
  return { status: error.status, termination: acl ? 'denied' : 'match_limit' }
}

/** What follows the body, and whether all of the body is there. */
function withoutBody(framing: Framing, early: Buffer | null) {
  const body = new RequestBody(framing)
  if (body.done || !early) return { rest: early, done: body.done }
  try {
    return { rest: body.push(early, NOWHERE), done: body.done }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    return { rest: null, done: false }
  }
}
