import { isDatabaseUser } from '#lib/core/health-check-text.ts'
import { type Checker, failed, passed, UnusableCheck } from '../checker.ts'
import { foreignWords } from './foreign-words.ts'

/** CLIENT_PROTOCOL_41 and CLIENT_SECURE_CONNECTION. */
const CAPABILITIES = 0x8200
const UTF8 = 33
const PROTOCOL_10 = 10
const ERROR = 0xff
/** First bytes of an answer to a login: OK, more to prove, another way to prove it. */
const LET_IN_OR_ASKED = [0x00, 0x01, 0xfe]
const COM_QUIT = Buffer.from([1, 0, 0, 0, 1])
const PACKET_MAX = 4096

/**
 * Passes when the server greets and lets the user in without a password, or asks for another way to prove who it is.
 * It logs in and quits in order, as a greeting left unanswered counts as an error and has MySQL block the address.
 * Source: MySQL, "Protocol::HandshakeV10", "Protocol::HandshakeResponse41".
 * @throws UnusableCheck
 */
export function mysqlChecker(user: string): Checker {
  if (!isDatabaseUser(user)) throw new UnusableCheck("its user can't be encoded")
  const login = Buffer.concat([Buffer.alloc(36), Buffer.from(`${user}\0\0`)])
  login.writeUIntLE(login.length - 4, 0, 3)
  login[3] = 1
  login.writeUInt32LE(CAPABILITIES, 4)
  login.writeUInt32LE(PACKET_MAX, 8)
  login[12] = UTF8
  const conversation = Buffer.concat([login, COM_QUIT])
  return { open: () => conversation, judge }
}

function judge(received: Buffer) {
  const greeting = payloadAt(received, 0)
  if (greeting === 'wrong') return failed('not a MySQL answer')
  const beginning = received[4] ?? PROTOCOL_10
  if (beginning !== ERROR && beginning !== PROTOCOL_10) return failed('not a MySQL answer')
  if (!greeting) return null
  if (greeting[0] === ERROR) return failed(errorWords(greeting))
  const answer = payloadAt(received, greeting.length + 4)
  if (answer === 'wrong') return failed('not a MySQL answer')
  if (!answer) return null
  if (answer[0] === ERROR) return failed(errorWords(answer))
  return LET_IN_OR_ASKED.includes(answer[0] ?? ERROR)
    ? passed('MySQL answered')
    : failed('not a MySQL answer')
}

/** The payload of the packet that begins there, or null while it is not all there. */
function payloadAt(received: Buffer, offset: number): Buffer | 'wrong' | null {
  if (received.length < offset + 4) return null
  const length = received.readUIntLE(offset, 3)
  if (length === 0 || length > PACKET_MAX) return 'wrong'
  const end = offset + 4 + length
  return received.length < end ? null : received.subarray(offset + 4, end)
}

function errorWords(payload: Buffer): string {
  const text = payload.toString('utf8', 3).replace(/^#.{5}/, '')
  return `MySQL: ${foreignWords(text)}`
}
