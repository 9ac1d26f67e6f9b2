import { isDatabaseUser } from '#lib/core/health-check-text.ts'
import { type Checker, failed, InvalidCheck, passed, printableText } from '../checker.ts'

/** CLIENT_PROTOCOL_41 and CLIENT_SECURE_CONNECTION. */
const CAPABILITIES = 0x8200
const UTF8 = 33
const PROTOCOL_10 = 10
const ERROR = 0xff
/** First bytes of a response to a login: OK_Packet, AuthMoreData, AuthSwitchRequest. */
const LOGIN_RESPONSES = [0x00, 0x01, 0xfe]
const COM_QUIT = Buffer.from([1, 0, 0, 0, 1])
const PACKET_MAX = 4096

/**
 * Passes if the server accepts the login without a password or asks for another authentication method. The check logs in and
 * quits: MySQL counts an unanswered handshake as an error, and blocks the address after too many.
 * Source: MySQL, "Protocol::HandshakeV10", "Protocol::HandshakeResponse41".
 * @throws InvalidCheck
 */
export function mysqlChecker(user: string): Checker {
  if (!isDatabaseUser(user)) throw new InvalidCheck("its user can't be encoded")
  const login = Buffer.concat([Buffer.alloc(36), Buffer.from(`${user}\0\0`)])
  login.writeUIntLE(login.length - 4, 0, 3)
  login[3] = 1
  login.writeUInt32LE(CAPABILITIES, 4)
  login.writeUInt32LE(PACKET_MAX, 8)
  login[12] = UTF8
  const loginAndQuit = Buffer.concat([login, COM_QUIT])
  return { request: () => loginAndQuit, judge }
}

function judge(received: Buffer) {
  const greeting = payloadAt(received, 0)
  if (greeting === 'malformed') return failed('not a MySQL response')
  const firstByte = received[4] ?? PROTOCOL_10
  if (firstByte !== ERROR && firstByte !== PROTOCOL_10) return failed('not a MySQL response')
  if (!greeting) return null
  if (greeting[0] === ERROR) return failed(errorText(greeting))
  const response = payloadAt(received, greeting.length + 4)
  if (response === 'malformed') return failed('not a MySQL response')
  if (!response) return null
  if (response[0] === ERROR) return failed(errorText(response))
  return LOGIN_RESPONSES.includes(response[0] ?? ERROR)
    ? passed('MySQL responded')
    : failed('not a MySQL response')
}

/** The payload of the packet at an offset; null while it is incomplete. */
function payloadAt(received: Buffer, offset: number): Buffer | 'malformed' | null {
  if (received.length < offset + 4) return null
  const length = received.readUIntLE(offset, 3)
  if (length === 0 || length > PACKET_MAX) return 'malformed'
  const end = offset + 4 + length
  return received.length < end ? null : received.subarray(offset + 4, end)
}

function errorText(payload: Buffer): string {
  const text = payload.toString('utf8', 3).replace(/^#.{5}/, '')
  return `MySQL: ${printableText(text)}`
}
