import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chunkedBody } from '#lib/testing/runtime/chunked-body.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import type { HttpError } from './http-error.ts'

/** The body and what came behind it when the bytes come cut at these places; the status that refuses them. */
function decode(text: string, cuts: number[] = [], decoder = new ChunkedDecoder()) {
  const bytes = Buffer.from(text, 'latin1')
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
      if (result.data) data.push(result.data)
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

  test('data is not copied, and several chunks are joined', () => {
    const bytes = Buffer.from('5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nnext')
    const { data, rest } = new ChunkedDecoder().push(bytes)
    expect([data?.toString(), rest?.toString()]).toEqual(['hello!', 'next'])
    expect(data?.buffer).toBe(bytes.buffer)
    expect(data?.byteOffset).toBe(bytes.byteOffset + 3)
  })

  test.each([
    ['of one byte', '1\r\na\r\n', 5000, 400],
    ['of 15 bytes', `f\r\n${'a'.repeat(15)}\r\n`, 70_000, 400],
    ['of 16 bytes', `10\r\n${'a'.repeat(16)}\r\n`, 70_000, 200],
    ['of one byte, but few', '1\r\na\r\n', 4000, 200],
    ['of one byte, beside large ones', `1\r\na\r\n64\r\n${'a'.repeat(100)}\r\n`, 10_000, 200],
  ])('chunks %s in one read, with a minimum mean of 16', (_, chunk, count, status) => {
    const text = `${chunk.repeat(count)}0\r\n\r\n`
    const cuts = Array.from({ length: text.length / 65_536 }, (_, index) => index * 65_536)
    const decoded = decode(text, cuts, new ChunkedDecoder(16))
    expect(typeof decoded === 'number' ? decoded : 200).toBe(status)
    expect(decode(text, cuts)).toMatchObject({ rest: '' })
  })

  test('small chunks that arrive one by one are not limited', () => {
    const decoder = new ChunkedDecoder(16)
    for (let count = 0; count < 20_000; count += 1) decoder.push(Buffer.from('1\r\na\r\n'))
    expect(decoder.push(Buffer.from('0\r\n\r\n')).done).toBe(true)
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
