import { isDatabaseUser } from '#lib/core/health-check-text.ts'
import { type Checker, failed, passed, UnusableCheck } from '../checker.ts'
import { foreignWords } from './foreign-words.ts'

const PROTOCOL_3_0 = 196_608
const ANSWER_MAX = 4096

/** Classes of SQLSTATE that say it can't serve: out of room, starting up or stopping, I/O and internal errors. */
const OUT_OF_SERVICE = ['53', '57', '58', 'XX']

/**
 * Passes when the server answers a start-up message by asking for authentication. A refusal of the user still shows
 * a running server; an error that keeps it from serving does not.
 * Source: PostgreSQL, "Message Formats", StartupMessage, AuthenticationOk and the like, ErrorResponse; "Error Codes".
 * @throws UnusableCheck
 */
export function pgsqlChecker(user: string): Checker {
  if (!isDatabaseUser(user)) throw new UnusableCheck("its user can't be encoded")
  const body = Buffer.from(`user\0${user}\0\0`)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8, 0)
  head.writeUInt32BE(PROTOCOL_3_0, 4)
  const startup = Buffer.concat([head, body])
  return { open: () => startup, judge }
}

function judge(received: Buffer) {
  if (received.length < 1) return null
  const type = String.fromCharCode(received[0] ?? 0)
  if (type !== 'R' && type !== 'E') return failed('not a PostgreSQL answer')
  if (received.length < 5) return null
  const length = received.readUInt32BE(1)
  // The shortest asks for authentication: its own length and a number.
  if (length < 8 || length > ANSWER_MAX) return failed('not a PostgreSQL answer')
  if (received.length < length + 1) return null
  return type === 'R' ? passed('PostgreSQL answered') : judgeError(received.subarray(5, length + 1))
}

function judgeError(body: Buffer) {
  const fields = body.toString('utf8').split('\0')
  const code = fields.find((field) => field.startsWith('C'))?.slice(1)
  if (!code) return failed('not a PostgreSQL answer')
  if (!OUT_OF_SERVICE.includes(code.slice(0, 2))) return passed('PostgreSQL answered')
  const words = fields.find((field) => field.startsWith('M'))?.slice(1) ?? `error ${code}`
  return failed(`PostgreSQL: ${foreignWords(words)}`)
}
