import fc from 'fast-check'
import { INFORMATIONAL_MAX } from '../../lib/runtime/http/server-connection.ts'
import { sendPieces, type Target } from '../../lib/testing/runtime/raw-client.ts'
import { AskingClient } from './asking-client.ts'
import { get } from './case.ts'
import { mutated, mutatedAnswers, pieces } from './mutations.ts'
import type { Seen, SeenAnswer } from './other-parser.ts'
import { parsersAgree } from './run-request-case.ts'
import type { AnsweringServer, NotingServer } from './scripted-server.ts'
import { type Message, understandRequests, understandResponses } from './understand.ts'

/** Allowed (RFC 9112 section 4) and forwarded, but http-parser-js only accepts ASCII there. */
const OBS_TEXT_IN_REASON = /^HTTP\/1\.[01] \d{3} .*[\x80-\xff]/m

const LAST = get('Connection: close\r\n', '/end')

/** The number of attempts, the seed, and the shortest bytes that cause a disagreement; null without one. */
export type Fuzzed = { tried: number; seed: number; failure: string | null }

/** The duration in milliseconds, and the seed. Default: a random one. */
export type Extent = { ms: number; seed?: number }

/** Sends mutated requests through a proxy to the recording server. */
export function fuzzRequests(proxy: Target, server: NotingServer, extent: Extent): Promise<Fuzzed> {
  const property = fc.asyncProperty(mutated, pieces, async (bytes, piece) => {
    server.take()
    const response = await sendPieces(proxy, bytes + LAST, piece, true)
    const got = server.take()
    if (response.timedOut) throw new Error('neither answered nor closed')
    // Node's parser only accepts known methods, so others can't be compared.
    if (got.refused.some(({ code }) => code === 'HPE_INVALID_METHOD')) return
    if (!parsersAgree(got)) {
      const bytes = got.received.map((one) => one.toString('latin1'))
      throw new Error(`parsers disagree: ${JSON.stringify({ bytes, ...got, received: null })}`)
    }
    const { messages } = understandRequests([Buffer.from(bytes + LAST, 'latin1')])
    // The server decides whether the connection stays HTTP after one of these.
    if (messages.some(({ head }) => /^upgrade:/im.test(head))) return
    expectSame('requests', got.seen, messages.map(asSeen))
  })
  return checked(property, extent)
}

/**
 * Sends mutated requests through a proxy that denies some of them.
 * @param denied whether a request that the server sees is one of those
 */
export function fuzzDenied(
  proxy: Target,
  server: NotingServer,
  denied: (seen: Seen) => boolean,
  extent: Extent,
): Promise<Fuzzed> {
  const property = fc.asyncProperty(mutated, pieces, async (bytes, piece) => {
    server.take()
    const response = await sendPieces(proxy, bytes + LAST, piece, true)
    const got = server.take()
    if (response.timedOut) throw new Error('neither answered nor closed')
    const passed = got.seen.filter(denied)
    if (passed.length > 0) throw new Error(`got past: ${JSON.stringify(passed)}`)
    if (!parsersAgree(got) && !got.refused.some(({ code }) => code === 'HPE_INVALID_METHOD')) {
      throw new Error(`parsers disagree: ${got.received.map((one) => one.toString('latin1'))}`)
    }
  })
  return checked(property, extent)
}

/** Sends mutated responses through a proxy. */
export function fuzzAnswers(
  proxy: Target,
  server: AnsweringServer,
  extent: Extent,
): Promise<Fuzzed> {
  const methods = fc.constantFrom('GET', 'GET', 'HEAD')
  const property = fc.asyncProperty(mutatedAnswers, methods, async (bytes, method) => {
    if (OBS_TEXT_IN_REASON.test(bytes)) return
    server.say({ bytes, closes: true })
    const client = new AskingClient(proxy, method)
    const asked = [await client.ask('/1'), await client.ask('/2')]
    client.close()
    const complete = asked.filter((answer) => 'status' in answer)
    for (const answer of asked) {
      if (!('status' in answer) && answer.failed !== 'broken') {
        throw new Error(`${answer.failed}: ${answer.why} ${JSON.stringify(client.text)}`)
      }
    }
    expectSame('answers elsewhere', client.answersElsewhere(), complete)
    const next = { status: 200, body: method === 'HEAD' ? '' : 'next' }
    expectSame('the next answer', asked[1], next)
    const answer = firstAnswer(bytes, method)
    if (answer) expectSame('the answer', asked[0], answer)
    else if (complete.length === 2 && complete[0]?.status !== 502) {
      throw new Error(`an answer where there is none: ${JSON.stringify(complete[0])}`)
    }
  })
  return checked(property, extent)
}

function asSeen({ head, body }: Message): Seen {
  const [method = '', target = ''] = head.split(' ', 2)
  return { method, target, body }
}

/** The complete final response that Fairlead's parser reads in these bytes, if any. */
function firstAnswer(bytes: string, method: string): SeenAnswer | null {
  const { messages } = understandResponses([Buffer.from(bytes, 'latin1')], method)
  const answers = messages.map(({ head, body }) => ({ status: Number(head.slice(9, 12)), body }))
  const index = answers.findIndex(({ status }) => status >= 200)
  return index > INFORMATIONAL_MAX ? null : (answers[index] ?? null)
}

function expectSame(what: string, got: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(got), JSON.stringify(expected)]
  if (one !== other) throw new Error(`${what}: ${one}, expected ${other}`)
}

async function checked<Values>(
  property: fc.IAsyncProperty<Values>,
  { ms, seed: given }: Extent,
): Promise<Fuzzed> {
  const result = await fc.check(property, {
    ...(given !== undefined && { seed: given }),
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: ms,
    markInterruptAsFailure: false,
  })
  const { numRuns: tried, seed, counterexample, errorInstance } = result
  if (!result.failed) return { tried, seed, failure: null }
  return { tried, seed, failure: `${String(errorInstance)}\n${JSON.stringify(counterexample)}` }
}
