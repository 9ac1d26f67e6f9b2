import { type Checker, failed, passed } from '../checker.ts'

const PROTOCOL_3_0 = 196_608

/**
 * Passes when the server answers a start-up message by asking for authentication. A refusal of the user still shows
 * a running server, except while it starts up, stops or recovers (SQLSTATE class 57).
 * Source: PostgreSQL, "Message Formats", StartupMessage, ErrorResponse.
 */
export function pgsqlChecker(user: string): Checker {
  const body = Buffer.from(`user\0${user}\0\0`)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8, 0)
  head.writeUInt32BE(PROTOCOL_3_0, 4)
  const startup = Buffer.concat([head, body])
  return { open: () => startup, judge }
}

function judge(received: Buffer) {
  if (received.length < 5) return null
  const type = String.fromCharCode(received[0] ?? 0)
  if (type === 'R') return passed('PostgreSQL answered')
  if (type !== 'E') return failed('not a PostgreSQL answer')
  const length = received.readUInt32BE(1)
  if (length > 4096) return failed('not a PostgreSQL answer')
  if (received.length < length + 1) return null
  const fields = received.toString('utf8', 5, length + 1).split('\0')
  const code = fields.find((field) => field.startsWith('C'))?.slice(1) ?? ''
  const words = fields.find((field) => field.startsWith('M'))?.slice(1, 120) ?? 'error'
  return code.startsWith('57') ? failed(`PostgreSQL: ${words}`) : passed('PostgreSQL answered')
}
