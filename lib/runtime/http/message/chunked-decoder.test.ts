import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChunkedDecoder } from './chunked-decoder.ts'
import type { HttpError } from './http-error.ts'
import { chunkedBody } from './testing.ts'

/** The body and what came behind it when the bytes come cut at these places; the status that refuses them. */
function decode(text: string, cuts: number[] = []) {
  const bytes = Buffer.from(text, 'latin1')
  const decoder = new ChunkedDecoder()
  const places = [...new Set([0, ...cuts, bytes.length])].sort((a, b) => a - b)
  const data: Buffer[] = []
  let rest: Buffer | null = null
  try {
    for (const [index, end] of places.slice(1).entries()) {
      const piece = bytes.subarray(places[index], end)
      if (rest) {
        rest = Buffer.concat([rest, piece])
        continue
      }
      const result = decoder.push(piece)
      data.push(...result.data)
      rest = result.rest
    }
  } catch (error) {
    return (error as HttpError).status
  }
  return {
    body: Buffer.concat(data).toString('latin1'),
    rest: rest?.toString('latin1') ?? null,
    trailers: decoder.trailers.map(({ lower }) => lower),
  }
}

const everywhere = (text: string) => Array.from(text, (_, index) => index)

describe('a chunked body', () => {
  test.each([
    ['5\r\nhello\r\n0\r\n\r\n', 'hello', ''],
    ['5\r\nhello\r\n0\r\n\r\nGET /', 'hello', 'GET /'],
    ['A\r\n0123456789\r\n1\r\n!\r\n0\r\n\r\n', '0123456789!', ''],
    ['5;a=b\r\nhello\r\n0;c\r\n\r\n', 'hello', ''],
    ['005\r\nhello\r\n000\r\n\r\n', 'hello', ''],
    ['0\r\nX-Sum: 1\r\n\r\nnext', '', 'next'],
  ])('%j', (text, body, rest) => {
    expect(decode(text)).toMatchObject({ body, rest })
    expect(decode(text, everywhere(text))).toMatchObject({ body, rest })
  })

  test('trailers are read, apart from the header', () => {
    expect(decode('0\r\nX-Sum: 1\r\nHost: b\r\n\r\n')).toMatchObject({
      trailers: ['x-sum', 'host'],
    })
  })

  test.each([
    ...['0x5', '+5', '-5', '5_0', ' 5', '', '5 ', '12345678901234567'].map(
      (size) => `${size}\r\nhello\r\n0\r\n\r\n`,
    ),
    '5\nhello\r\n0\r\n\r\n',
    '5\r\nhello\n0\r\n\r\n',
    '5\r\nhello\r\n0\n\r\n',
    '5;a\rb\r\nhello\r\n0\r\n\r\n',
    '5;a\nb\r\nhello\r\n0\r\n\r\n',
    '5\r\nhello!\r\n0\r\n\r\n',
    `5;${'a'.repeat(65_536)}\r\nhello\r\n0\r\n\r\n`,
    '0\r\nX Sum: 1\r\n\r\n',
    '5\r\nhello\r\n\r\n',
    '5\r\nhello\r\n;a\r\n\r\n',
    '5\r\nhello\r!0\r\n\r\n',
    '0\r\n\n',
    '0\r\nX: a\0\r\n\r\n',
    '0\r\nX: a\r\n b\r\n\r\n',
  ])('%j is refused', (text) => {
    expect(decode(text)).toBe(400)
    expect(decode(text, everywhere(text.slice(0, 2000)))).toBe(400)
  })

  test('what breaks a rule is refused before more comes', () => {
    for (const text of ['x', '5\n', '5\r\nhello!', '5;a\n', `5;${'a'.repeat(1025)}`]) {
      expect(decode(text)).toBe(400)
    }
  })

  test.each([
    ['too large', `0\r\nX: ${'a'.repeat(17_000)}`],
    ['of too many fields', `0\r\n${'X: a\r\n'.repeat(101)}`],
  ])('a trailer %s is refused', (_, text) => {
    expect(decode(text)).toBe(431)
  })

  test('data is handed on as slices, not copied', () => {
    const bytes = Buffer.from('5\r\nhello\r\n')
    const [slice] = new ChunkedDecoder().push(bytes).data
    expect(slice?.buffer).toBe(bytes.buffer)
    expect(slice?.byteOffset).toBe(bytes.byteOffset + 3)
  })

  test('where the bytes are cut makes no difference', () => {
    const text = '5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nnext'
    const whole = decode(text)
    expect(whole).toEqual({ body: 'hello0123456789', rest: 'next', trailers: ['x-sum'] })
    for (const cut of everywhere(text)) expect(decode(text, [cut])).toEqual(whole)
  })

  test('whatever is encoded is read again, however it is cut', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 })
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(400), { maxLength: 12 }), (parts, cuts) => {
        const text = chunkedBody(parts).toString('latin1')
        const body = Buffer.concat(parts).toString('latin1')
        const within = cuts.filter((cut) => cut < text.length)
        expect(decode(text, within)).toMatchObject({ body, rest: '' })
      }),
    )
  })
})
