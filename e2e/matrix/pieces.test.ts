import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIELDS_MAX } from '#lib/runtime/http/message/fields.ts'
import { HEAD_MAX_BYTES, TARGET_MAX_BYTES } from '#lib/runtime/http/message/head-buffer.ts'
import { get } from './case.ts'
import { REQUEST_CASES } from './cases.ts'
import { mutated, mutatedAnswers } from './mutations.ts'
import { RESPONSE_CASES } from './response-cases.ts'
import { type Understood, understandRequests, understandResponses } from './understand.ts'

// How a connection's bytes are split into reads must not change their meaning, and forwarded bytes must mean the same to the next
// parser.

type Understand = (pieces: readonly Buffer[]) => Understood

const requests: Understand = understandRequests
const answersTo =
  (method: string): Understand =>
  (pieces) =>
    understandResponses(pieces, method)

const latin1 = (text: string) => Buffer.from(text, 'latin1')

const SHORT = 600

const piecesOf = (text: string, size: number) =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    text.slice(at * size, (at + 1) * size),
  )

/** The part of the result that doesn't depend on the pieces: which of several errors is found first does. */
function meaning(understand: Understand, pieces: readonly Buffer[]) {
  const { messages, refused } = understand(pieces)
  return { messages, refused: refused !== null }
}

function expectSameCutAt(understand: Understand, text: string, places: readonly number[]): void {
  const whole = meaning(understand, [latin1(text)])
  for (const place of places) {
    const pieces = [latin1(text.slice(0, place)), latin1(text.slice(place))]
    expect({ place, ...meaning(understand, pieces) }).toEqual({ place, ...whole })
  }
  const pieces = piecesOf(text, text.length < SHORT ? 1 : 499)
  expect(meaning(understand, pieces.map(latin1))).toEqual(whole)
}

/** All split positions of short texts; those near the beginning and the end of long ones. */
function placesIn({ length }: string): number[] {
  const all = Array.from({ length }, (_, place) => place)
  return length < SHORT ? all : [...all.slice(0, 20), ...all.slice(-20)]
}

describe('bytes mean the same wherever they are split', () => {
  test.each(REQUEST_CASES)('$n $name', ({ bytes }) => {
    expectSameCutAt(requests, bytes + get('', '/end'), placesIn(bytes))
  })

  test.each(RESPONSE_CASES)('$n $name', ({ answer }) => {
    expectSameCutAt(answersTo('GET'), answer, placesIn(answer))
    expectSameCutAt(answersTo('HEAD'), answer, placesIn(answer))
  })

  /** The distinct results of the text in small pieces, or split near its beginning or end. */
  function outcomesOf(text: string): (number | 'accepted')[] {
    const near = placesIn(text).map((place) => [text.slice(0, place), text.slice(place)])
    const outcomes = [[text], piecesOf(text, 13), ...near].map((pieces) => {
      const { refused, messages } = requests(pieces.map(latin1))
      return messages.length === 1 ? 'accepted' : (refused?.status ?? 0)
    })
    return [...new Set(outcomes)]
  }

  test.each([-4, -3, -2, -1, 0, 1, 2, 3, 4])('a head %i bytes from its limit', (off) => {
    const start = 'GET / HTTP/1.1\r\nHost: a\r\nX: '
    // The closing empty line is not counted.
    const text = `${start}${'a'.repeat(HEAD_MAX_BYTES + off - start.length)}\r\n\r\n`
    expect(outcomesOf(text)).toEqual([off > 0 ? 431 : 'accepted'])
  })

  test.each([-1, 0, 1])('an address %i bytes from its limit', (off) => {
    const text = get('', `/${'a'.repeat(TARGET_MAX_BYTES + off - 1)}`)
    expect(outcomesOf(text)).toEqual([off > 0 ? 414 : 'accepted'])
  })

  test('mutated', () => {
    const places = fc.array(fc.nat(2000), { maxLength: 4 })
    const check = (understand: Understand) => (text: string, cuts: number[]) =>
      expectSameCutAt(understand, text, cuts)
    fc.assert(fc.property(mutated, places, check(requests)), { numRuns: 1000 })
    fc.assert(fc.property(mutatedAnswers, places, check(answersTo('GET'))), { numRuns: 1000 })
  })
})

describe('forwarded bytes mean the same to the next parser', () => {
  /** Without the fields that every proxy adds. */
  const summary = ({ messages }: Understood) =>
    messages.map(({ head, body }) => ({ head: head.replace(/^via:.*\r\n/gim, ''), body }))

  /** With the added fields, a head near the limit exceeds the next parser's limit. */
  const isPastLimits = ({ head }: { head: string }) =>
    head.length > HEAD_MAX_BYTES || (head.match(/\r\n[^\r]/g) ?? []).length > FIELDS_MAX

  function expectFixedPoint(understand: Understand, text: string): void {
    const first = understand([latin1(text)])
    if (first.messages.some(isPastLimits)) return
    const second = understand([latin1(first.sent)])
    // Our parser may know that a message is the last one of the connection; the next parser doesn't.
    expect(summary(second)).toEqual(summary(first))
    if (first.refused === null) expect(second.refused).toBeNull()
  }

  test.each(REQUEST_CASES)('$n $name', ({ bytes }) => expectFixedPoint(requests, bytes))

  test.each(RESPONSE_CASES)('$n $name', ({ answer }) => expectFixedPoint(answersTo('GET'), answer))

  test('mutated', () => {
    fc.assert(
      fc.property(mutated, (text) => expectFixedPoint(requests, text)),
      { numRuns: 1000 },
    )
    fc.assert(
      fc.property(mutatedAnswers, (text) => expectFixedPoint(answersTo('GET'), text)),
      { numRuns: 1000 },
    )
  })
})
