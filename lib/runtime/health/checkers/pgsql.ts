import { isDatabaseUser } from '#lib/core/health-check-text.ts'
import { type Checker, failed, InvalidCheck, passed, printableText } from '../checker.ts'

const PROTOCOL_3_0 = 196_608
const MESSAGE_MAX = 4096

/** SQLSTATE classes of a server that can't serve: out of resources, starting or stopping, I/O errors, internal errors. */
const OUT_OF_SERVICE = ['53', '57', '58', 'XX']

/**
 * Passes if the server answers a start-up message with an authentication request, or with an error about the user: either comes
 * from a running server. Fails on errors of a server that can't serve.
 * Source: PostgreSQL, "Message Formats": StartupMessage, AuthenticationOk, ErrorResponse; "Error Codes".
 * @throws InvalidCheck
 */
export function pgsqlChecker(user: string): Checker {
  if (!isDatabaseUser(user)) throw new InvalidCheck("its user can't be encoded")
  const body = Buffer.from(`user\0${user}\0\0`)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8, 0)
  head.writeUInt32BE(PROTOCOL_3_0, 4)
  const startup = Buffer.concat([head, body])
  return { request: () => startup, judge }
}

function judge(received: Buffer) {
  if (received.length < 1) return null
  const type = String.fromCharCode(received[0] ?? 0)
  if (type !== 'R' && type !== 'E') return failed('not a PostgreSQL response')
  if (received.length < 5) return null
  const length = received.readUInt32BE(1)
  // AuthenticationOk is the shortest: its length and a number, four bytes each.
  if (length < 8 || length > MESSAGE_MAX) return failed('not a PostgreSQL response')
  if (received.length < length + 1) return null
  return type === 'R'
    ? passed('PostgreSQL responded')
    : judgeError(received.subarray(5, length + 1))
}

function judgeError(body: Buffer) {
  const fields = body.toString('utf8').split('\0')
  const code = fields.find((field) => field.startsWith('C'))?.slice(1)
  if (!code) return failed('not a PostgreSQL response')
  if (!OUT_OF_SERVICE.includes(code.slice(0, 2))) return passed('PostgreSQL responded')
  const message = fields.find((field) => field.startsWith('M'))?.slice(1) ?? `error ${code}`
  return failed(`PostgreSQL: ${printableText(message)}`)
}
