import { type RawResponse, sendPieces, type Target } from '../../lib/testing/runtime/raw-client.ts'
import { get, type RequestCase } from './case.ts'
import { requestsIn, type Seen } from './other-parser.ts'
import type { NotingServer } from './scripted-server.ts'

/** The request after the case's bytes. It shows where a parser sees their end. */
const END = '/end'

/** `disagreed`: two parsers read the forwarded bytes differently. */
export type Outcome = 'refused' | 'passed' | 'disagreed' | 'hung' | 'wrong'

export type Result = { outcome: Outcome; allowed: boolean; details: string }

/** Sends a case through a proxy to the recording server, in pieces of that size. */
export async function runRequestCase(
  row: RequestCase,
  proxy: Target,
  server: NotingServer,
  piece: number,
): Promise<Result> {
  server.take()
  const last = row.last === true
  const bytes = last ? row.bytes : row.bytes + get('Connection: close\r\n', END)
  const response = await sendPieces(proxy, bytes, piece, last)
  // An aborted request reaches the server a moment later, but is no request, so there is nothing to wait for.
  const got = server.take()
  const outcome = outcomeOf(row, response, got)
  const allowed =
    (outcome === 'refused' && row.refuse !== undefined) ||
    (outcome === 'passed' && row.pass !== undefined)
  const targets = got.seen.map(({ target }) => target).join(' ')
  const errors = got.refused.map(({ message }) => message).join(', ')
  const details = `status ${response.statuses.join(' ')}, server got ${targets || 'nothing'} ${errors}`
  return { outcome, allowed, details }
}

type Got = ReturnType<NotingServer['take']>

function outcomeOf(row: RequestCase, response: RawResponse, got: Got): Outcome {
  if (response.timedOut) return 'hung'
  if (!parsersAgree(got)) return 'disagreed'
  if (row.refuse && isRefused(row.refuse, response, got)) return 'refused'
  if (row.pass && isPassed(row, got)) return 'passed'
  return 'wrong'
}

/** Whether Node's parser and the other one read the same requests. */
export function parsersAgree({ seen, received, refused }: Got): boolean {
  if (refused.length > 0) return false
  try {
    return sameRequests(received.flatMap(requestsIn), seen)
  } catch {
    return false
  }
}

function sameRequests(one: Seen[], other: Seen[]): boolean {
  const listed = (all: Seen[]) =>
    all.map(({ method, target, body }) => `${method} ${target} ${body}`).sort()
  return JSON.stringify(listed(one)) === JSON.stringify(listed(other))
}

function isRefused(statuses: number[], response: RawResponse, got: Got): boolean {
  return (
    got.seen.length === 0 &&
    response.statuses.length === 1 &&
    statuses.includes(response.statuses[0] ?? 0)
  )
}

function isPassed({ pass, last }: RequestCase, { seen, received }: Got): boolean {
  const requests = seen.filter(({ target }) => target !== END)
  const text = Buffer.concat(received).toString('latin1')
  const targets = requests.map(({ target }) => target)
  const bodies = requests.map(({ body }) => body)
  return (
    (last === true || requests.length === seen.length - 1) &&
    JSON.stringify(targets) === JSON.stringify(pass?.targets) &&
    (!pass?.bodies || JSON.stringify(bodies) === JSON.stringify(pass.bodies)) &&
    (pass?.has ?? []).every((pattern) => pattern.test(text)) &&
    !(pass?.hasNot ?? []).some((pattern) => pattern.test(text))
  )
}
