import { expect, test } from 'vitest'
import type { DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { TEST_ADDRESS, testBackend } from '#lib/testing/runtime/running-lb.ts'
import { printableText } from './checker.ts'
import { checkerOf } from './checkers/checker-of.ts'

const HOSTILE = 'a\r\nb\u001b[2J\u202ecod.exe\u2028<img src=x onerror=alert(1)>'
const HARMLESS = 'a\ufffd\ufffdb\ufffd[2J\ufffdcod.exe\ufffd<img src=x onerror=alert(1)>'

test('a server’s text becomes one line of printable text, at most 120 characters', () => {
  expect(printableText(HOSTILE)).toBe(HARMLESS)
  expect(printableText('x'.repeat(1000))).toHaveLength(120)
})

const error = (text: string) => {
  const fields = Buffer.from(`SFATAL\0C57P03\0M${text}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeUInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}
const refusal = (text: string) => {
  const payload = Buffer.concat([Buffer.from([0xff, 0x69, 0x04]), Buffer.from(text)])
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload])
}

test.each<[DesiredCheckKind, Buffer]>([
  [{ type: 'redis' }, Buffer.from(`-ERR ${HOSTILE.replaceAll('\r\n', '\n')}\r\n`)],
  [{ type: 'pgsql', user: 'health' }, error(HOSTILE)],
  [{ type: 'mysql', user: 'health' }, refusal(HOSTILE)],
  [
    { type: 'http', method: 'GET', uri: '/', code: 200, host: '' },
    Buffer.from(`HTTP/1.1 ${HOSTILE}\r\n\r\n`),
  ],
])('the reason of a check with %o contains no control characters', (kind, response) => {
  const { health_check } = testBackend(80)
  const result = checkerOf({ ...health_check, kind }, TEST_ADDRESS).judge(response)
  expect(result?.passed).toBe(false)
  expect(result?.reason).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u)
})
